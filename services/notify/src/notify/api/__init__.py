"""Routes of notify: home screens, messages with their live stream, and webhooks."""

from servicekit.http import Api

from notify.api import home, messages, webhooks

api = Api("notify")
api.include(home.api)
api.include(messages.api)
api.include(webhooks.api)
