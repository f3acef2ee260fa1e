"""Excel workbooks as people send them, written by openpyxl."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet


def workbook(path: Path, **sheets: list[list[Any]] | Callable[[Worksheet], Any]) -> Path:
    """A workbook with these sheets: rows, or what fills the sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        if callable(content):
            content(sheet)
            continue
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


def towns(rows: int = 60) -> list[list[Any]]:
    """Numbers, texts, dates, truths and prices as texts, with a gap and an error."""
    table: list[list[Any]] = [["town", "size", "since", "open", "price", "y"]]
    for n in range(rows):
        since = datetime.datetime(2024, 1, 1) + datetime.timedelta(days=n)
        size = None if n == 4 else n / 8
        price = f"{n},5"
        table.append([("Rome", "Oslo")[n % 2], size, since, n % 3 == 0, price, n * 1.5])
    return table


def report(sheet: Worksheet) -> None:
    """Titles above, names over two rows, an empty first column, notes below."""
    sheet["B2"] = "Sales of the year"
    sheet.merge_cells("B2:F2")
    sheet["B4"], sheet["C4"], sheet["E4"], sheet["F4"] = "Region", "2023", "2024", "Note"
    sheet.merge_cells("B4:B5")
    sheet.merge_cells("C4:D4")
    sheet.merge_cells("F4:F5")
    sheet["C5"], sheet["D5"], sheet["E5"] = "sold", "back", "sold"
    for n in range(40):
        row = 6 + n
        if n % 4 == 0:
            sheet.cell(row, 2, f"region {n // 4 % 3}")
            sheet.merge_cells(start_row=row, start_column=2, end_row=row + 3, end_column=2)
        for column, value in ((3, n * 2), (4, n % 7), (5, n * 2.5), (6, ("a", "b")[n % 2])):
            sheet.cell(row, column, value)
    sheet["B46"], sheet["C46"] = "Total", 999
    sheet["B48"] = "Source: the books of the house"
    sheet["B49"] = "* estimated"


def stacked(sheet: Worksheet) -> None:
    """Two tables below one another, an empty row and a title between them."""
    first: list[list[Any]] = [["Name", "size", "y"]]
    for row in [*first, *([f"n{n}", n / 4, n * 2] for n in range(30))]:
        sheet.append(row)
    sheet["A20"], sheet["B20"], sheet["C20"] = None, None, None
    sheet["A33"] = "Prices"
    second: list[list[Any]] = [["good", "price", "sold"]]
    for row in [*second, *(["x", n, n / 2] for n in range(20))]:
        sheet.append(row)
