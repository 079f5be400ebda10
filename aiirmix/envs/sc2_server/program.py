"""The WebSocket server (docs/smac_contract.md §7.3)."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from s2clientprotocol import sc2api_pb2
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from aiirmix.envs.sc2_server.session import Dropped, Session

PATH = "/sc2api"


def run(host: str, port: int, folder: Path) -> None:
    """Serve one game until its client quits or disconnects.

    Args:
        host: address to listen on.
        port: port to listen on; 0: a free one.
        folder: the game's folder, in which a file may request a fault.
    """

    def play(connection: ServerConnection) -> None:
        if converse(connection, Session(folder)):
            server.shutdown()

    server = listen(host, port, play)
    with server:
        print(f"Listening on: {host}:{server.socket.getsockname()[1]}", flush=True)
        server.serve_forever()


def listen(host: str, port: int, play: Callable[[ServerConnection], None]) -> Server:
    """Return a server that accepts messages of any size and never times out."""
    return serve(
        play,
        host,
        port,
        process_request=_refuse_other_paths,
        compression=None,
        ping_interval=None,
        max_size=None,
    )


def converse(connection: ServerConnection, session: Session) -> bool:
    """Answer requests until the client quits or disconnects; return False if a fault drops the connection.

    Clients send requests in text frames that are not valid text, so they are read as bytes. Answers are binary frames.
    """
    try:
        while session.status != sc2api_pb2.quit:
            request = sc2api_pb2.Request.FromString(connection.recv(decode=False))
            connection.send(session.answer(request).SerializeToString())
    except ConnectionClosed:
        pass
    except Dropped:
        connection.close_socket()
        return False
    return True


def _refuse_other_paths(connection: ServerConnection, request: Request) -> Response | None:
    """Answer 404 for other paths, as the game does."""
    if request.path == PATH:
        return None
    return connection.respond(HTTPStatus.NOT_FOUND, f"the StarCraft II interface is at {PATH}\n")
