"""What is kept: study files, exports, the trash, and what takes room."""
