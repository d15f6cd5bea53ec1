"""What assistive technology has of a page: its accessibility tree, and what the page announces."""

import asyncio
from dataclasses import dataclass
from typing import Any, Self

from playwright.async_api import CDPSession, Page

PATIENCE = 20
"""Seconds until something that is looked for counts as missing."""
_ANNOUNCED = """
window.zpAnnounced = []
const spoken = '[aria-live]:not([aria-live=off]),[role=status],[role=alert]'
new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    const at = target.nodeType === 1 ? target : target.parentElement
    const inside = at?.closest(spoken)
    const found = inside ? [inside] : [...addedNodes].filter((n) => n.nodeType === 1)
      .flatMap((n) => [...(n.matches(spoken) ? [n] : []), ...n.querySelectorAll(spoken)])
    for (const region of found) if (region.innerText?.trim()) zpAnnounced.push(region.innerText.trim())
  }
}).observe(document, { childList: true, characterData: true, subtree: true })"""


@dataclass
class Node:
    """A node of the tree, as the browser computes it."""

    role: str
    name: str
    value: str
    properties: dict[str, Any]
    element: int
    """Chromium's id of the element."""


@dataclass
class Tree:
    """A page as a screen reader knows it; nothing is found by a selector or a place on the screen."""

    page: Page
    session: CDPSession

    @classmethod
    async def of(cls, page: Page) -> Self:
        """Begin to listen at the next page that is loaded."""
        await page.add_init_script(_ANNOUNCED)
        session = await page.context.new_cdp_session(page)
        await session.send("Accessibility.enable")
        return cls(page, session)

    async def all(self, role: str, name: str = "") -> list[Node]:
        """Every node of this role whose name contains the text."""
        answer = await self.session.send("Accessibility.getFullAXTree")
        found = []
        for node in answer["nodes"]:
            if node.get("ignored") or node.get("role", {}).get("value") != role or "backendDOMNodeId" not in node:
                continue
            known = str(node.get("name", {}).get("value", ""))
            if name in known:
                properties = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
                value = str(node.get("value", {}).get("value", ""))
                description = node.get("description", {}).get("value", "")
                properties["description"] = description
                found.append(Node(role, known, value, properties, node["backendDOMNodeId"]))
        return found

    async def find(self, role: str, name: str = "") -> Node:
        """Wait for the first such node."""
        for _ in range(PATIENCE * 5):
            if found := await self.all(role, name):
                return found[0]
            await asyncio.sleep(0.2)
        raise AssertionError(f"no {role} “{name}” at {self.page.url}")

    async def focus(self, role: str, name: str = "") -> Node:
        """Move the focus there, as a screen reader does."""
        node = await self.find(role, name)
        await self.session.send("DOM.focus", {"backendNodeId": node.element})
        return node

    async def press(self, role: str, name: str = "", key: str = "Enter") -> None:
        """Activate a node by the keyboard; what the page announced before is forgotten (see `announced`)."""
        await self.focus(role, name)
        await self.page.evaluate("zpAnnounced.length = 0")
        await self.page.keyboard.press(key)

    async def write(self, name: str, text: str) -> None:
        """Replace what a field holds."""
        await self.focus("textbox", name)
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.insert_text(text)

    async def focused(self) -> Node:
        """The node that has the focus."""
        for role in ("textbox", "button", "link", "radio", "region", "heading", "form"):
            for node in await self.all(role):
                if node.properties.get("focused"):
                    return node
        raise AssertionError("nothing that a screen reader names has the focus")

    async def announced(self, text: str) -> None:
        """Wait until the page announced a text since something was pressed last."""
        await self.page.wait_for_function("(text) => zpAnnounced.some((one) => one.includes(text))", arg=text)
