"""The home screen: unread messages, and the newest ones."""

from servicekit.auth import ANY_CARD
from servicekit.home import Todo
from servicekit.http import Api, Request

from notify.actions import messages as actions
from notify.views import Message, MessagesHome

api = Api("home")
_NEWEST = 5


@api.get("/home", may=ANY_CARD)
async def home(request: Request) -> MessagesHome:
    """How many messages are unread, and the newest ones."""
    count, rows = await actions.newest(request.deps, request.actor, _NEWEST)
    todo = [Todo(id="unread_messages", title="未读消息", count=count)] if count else []
    return MessagesHome(todo=todo, unread=count, newest=[Message.of(row) for row in rows])
