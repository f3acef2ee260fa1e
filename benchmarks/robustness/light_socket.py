"""The least of a client: raw requests with any header, and a session of Streamlit's protocol."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

_EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN
_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "streamlit",
}


class Answer:
    """The answer to a request."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read() if response.status != 101 else b""


def ask(port: int, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request; ``Host`` may be anything, and no body is sent whatever the headers promise."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in ({"Host": f"localhost:{port}"} | headers).items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        return Answer(connection.getresponse())
    finally:
        connection.close()


def handshake(port: int, **headers: str) -> int:
    """The status of the answer to a WebSocket's handshake; 101 when it is taken."""
    return ask(port, "/_stcore/stream", **_UPGRADE, **headers).status


@contextmanager
def session(port: int, **headers: str) -> Iterator[ClientConnection]:
    """A WebSocket as a page opens it, with more ``headers``, such as a cookie."""
    with connect(
        f"ws://localhost:{port}/_stcore/stream",
        origin=Origin(f"http://localhost:{port}"),
        subprotocols=[Subprotocol("streamlit")],
        additional_headers=headers,
        max_size=200_000_000,
        open_timeout=60,
    ) as opened:
        yield opened


@dataclass
class Shown:
    """A page after a run of its script: whose it is, its errors, its buttons by label."""

    session_id: str = ""
    script: str = ""
    query: str = ""
    page: str = ""
    errors: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    said: str = ""
    """All messages, as text."""


def open_page(opened: ClientConnection, page: str = "", query: str = "") -> Shown:
    """Run a page to its end."""
    message = BackMsg()
    message.rerun_script.page_name, message.rerun_script.query_string = page, query
    return _run(opened, message, query, page)


def press(opened: ClientConnection, shown: Shown, label: str) -> Shown:
    """Press a button of a page. KeyError when it has none of that label."""
    message = BackMsg()
    message.rerun_script.page_script_hash = shown.script
    message.rerun_script.query_string = shown.query
    widget = message.rerun_script.widget_states.widgets.add()
    widget.id, widget.trigger_value = shown.buttons[label], True
    return _run(opened, message, shown.query)


def send(opened: ClientConnection, shown: Shown, *widgets: Mapping[str, Any]) -> Shown:
    """Say what widgets of a page have as values, whether the page has such widgets or not."""
    message = BackMsg()
    # By its name: what is said of a script's hash at first may be that of app.py.
    message.rerun_script.page_name, message.rerun_script.query_string = shown.page, shown.query
    for widget in widgets:
        state = message.rerun_script.widget_states.widgets.add()
        state.id = widget["id"]
        if "trigger" in widget:
            state.trigger_value = True
        elif "value" in widget:
            state.string_value = widget["value"]
        else:
            state.string_trigger_value.data = widget["text"]
    return _run(opened, message, shown.query, shown.page)


def _run(opened: ClientConnection, message: BackMsg, query: str, page: str = "") -> Shown:
    opened.send(message.SerializeToString())
    shown = Shown(query=query, page=page)
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(opened.recv(timeout=120, decode=False))
        kind = answer.WhichOneof("type")
        shown.said += str(answer)
        if kind == "new_session":
            shown.session_id = answer.new_session.initialize.session_id
            shown.script = answer.new_session.page_script_hash
        elif kind == "page_info_changed":
            shown.query = answer.page_info_changed.query_string
        elif kind == "delta":
            _look(answer.delta.new_element, shown)
        elif kind == "page_not_found":
            shown.errors.append("A page was not found.")
        elif kind == "script_finished" and answer.script_finished != _EARLY:
            return shown


def _look(element: Element, shown: Shown) -> None:
    kind = element.WhichOneof("type")
    if kind == "exception":
        shown.errors.append(element.exception.message)
    elif kind == "alert" and element.alert.format == element.alert.ERROR:
        shown.errors.append(element.alert.body)
    elif kind == "button":
        shown.buttons[element.button.label] = element.button.id
    elif kind == "text_area":
        shown.texts[element.text_area.label] = element.text_area.id


def half_open(port: int, count: int) -> list[socket.socket]:
    """Connections that begin a request and never end its head."""
    opened = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: local")
        opened.append(connection)
    return opened


def upload(port: int, session_id: str, body: bytes, token: Mapping[str, str]) -> int:
    """Send a file as the uploader of a page does; the status of the answer."""
    mark = "a-mark-between-parts"
    head = f'--{mark}\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'
    content = head.encode() + body + f"\r\n--{mark}--\r\n".encode()
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    try:
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}", **token}
        file_id = str(abs(hash(body[:100])) + len(body))
        connection.request("PUT", f"/_stcore/upload_file/{session_id}/{file_id}", content, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def upload_token(port: int) -> dict[str, str]:
    """The cookie and header that Streamlit asks of whoever uploads."""
    cookie = ask(port, "/_stcore/health").headers["set-cookie"].partition(";")[0]
    return {"Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2]}
