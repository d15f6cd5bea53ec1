"""Routes of notify: messages with their live stream, and webhooks."""

from servicekit.http import Api

from notify.api import messages, webhooks

api = Api("notify")
api.include(messages.api)
api.include(webhooks.api)
