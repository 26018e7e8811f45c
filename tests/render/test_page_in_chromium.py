"""The page in a real browser: clicks and keys open a layer, nothing is logged, nothing is fetched."""

import itertools
import json
import os
import select
import shutil
import time
from contextlib import suppress

import pytest

from shapeguard.report import Report

fcntl = pytest.importorskip("fcntl", reason="the debugging pipe is set up by POSIX means")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on PATH: the page was NOT tried in a browser"),
]
PATIENCE_S = 60


class Browser:
    """Chromium, spoken to over its debugging pipe: JSON messages that end in a zero byte, on descriptors 3 and 4."""

    def __init__(self, profile):
        command_read, self.commands = os.pipe()
        self.answers, answer_write = os.pipe()
        # above 9, lest the browser's 3 and 4 overwrite one of them
        reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (command_read, answer_write))
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1400,1000"]
        self.process = os.posix_spawn(
            BROWSER,
            [BROWSER, *flags, "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, reading, 3),
                (os.POSIX_SPAWN_DUP2, writing, 4),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
        for descriptor in (command_read, answer_write, reading, writing):
            os.close(descriptor)
        self.buffer, self.numbers, self.events, self.session = b"", itertools.count(1), [], None

    def call(self, method, **params):
        number = next(self.numbers)
        order = {"id": number, "method": method, "params": params}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.commands, json.dumps(order).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def receive(self):
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            assert ready, "Chromium does not answer"
            self.buffer += os.read(self.answers, 1 << 16)
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def open(self, address):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=address)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def click(self, selector):
        self.evaluate(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center'}})")
        box = self.evaluate(
            f"(r => [r.x + r.width / 2, r.y + r.height / 2])"
            f"(document.querySelector({selector!r}).getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def press(self, key, code):
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    def chosen(self):
        return self.evaluate("[...document.querySelectorAll('.layer')].filter(e => e.offsetParent).map(e => e.id)")

    def seen(self, *methods):
        return [event["params"] for event in self.events if event.get("method") in methods]

    def close(self):
        with suppress(BrokenPipeError):
            os.write(self.commands, b'{"id": 0, "method": "Browser.close"}\0')
        os.close(self.commands)
        os.waitpid(self.process, 0)
        os.close(self.answers)


@pytest.fixture
def browser(tmp_path):
    opened = Browser(tmp_path / "profile")
    yield opened
    opened.close()


@pytest.fixture
def page(positional_stride, mnist_rows, mnist, monkeypatch):
    monkeypatch.chdir(mnist.cwd)
    path = mnist.path.parent / "report.html"
    Report((positional_stride,), mnist_rows, {"B": 200}).write(path)
    return path.as_uri()


def test_clicks_and_keys_open_a_layer_quietly_and_nothing_is_fetched(browser, page):
    browser.open(page)
    assert browser.chosen() == ["layer-0"]
    browser.click("tr[data-row='1']")
    assert browser.chosen() == ["layer-1"]
    browser.click("g[data-row='0']")
    assert browser.chosen() == ["layer-0"]
    browser.evaluate("document.querySelector(\"g[data-row='1']\").focus()")
    browser.press("Enter", 13)
    assert browser.chosen() == ["layer-1"]
    browser.evaluate("document.querySelector(\"tr[data-row='0'] button\").focus()")
    browser.press(" ", 32)
    assert browser.chosen() == ["layer-0"]
    browser.press("Tab", 9)
    assert browser.evaluate("document.activeElement.closest('[data-row]').dataset.row") == "1"
    assert browser.seen("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded") == []
    assert [request["request"]["url"] for request in browser.seen("Network.requestWillBeSent")] == [page]


def test_dark_and_light_differ_and_both_can_be_read(browser, page):
    browser.open(page)
    colours = {}
    for scheme in ("light", "dark"):
        feature = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.call("Emulation.setEmulatedMedia", features=feature)
        colours[scheme] = browser.evaluate(
            "['body', 'pre', '.sg-net text', '.sg-net rect'].map(s => getComputedStyle(document.querySelector(s)))"
            ".flatMap((c, i) => [i > 1 ? c.fill : c.color, c.backgroundColor])"
        )
    assert colours["light"][:2] == ["rgb(28, 33, 40)", "rgb(255, 255, 255)"]
    assert colours["dark"][:2] == ["rgb(230, 237, 243)", "rgb(13, 17, 23)"]
    assert all(light != dark for light, dark in zip(colours["light"][4:7:2], colours["dark"][4:7:2], strict=True))


def test_no_text_of_the_picture_leaves_its_box_in_the_fonts_of_this_machine(browser, page):
    browser.open(page)
    outside = browser.evaluate(
        "[...document.querySelectorAll('.sg-net .box')].flatMap(g => {"
        " const box = g.querySelector('rect').getBoundingClientRect();"
        " return [...g.querySelectorAll('text')].filter(t => {"
        "  const r = t.getBoundingClientRect();"
        "  return r.left < box.left || r.right > box.right || r.top < box.top || r.bottom > box.bottom;"
        " }).map(t => t.textContent); })"
    )
    assert outside == []


def test_the_printed_page_holds_message_table_picture_and_the_chosen_layer_alone(browser, page):
    browser.open(page)
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.chosen() == ["layer-0"]
    assert browser.evaluate("getComputedStyle(document.querySelector('p.hint')).display") == "none"
    assert browser.evaluate("getComputedStyle(document.querySelector('pre .hint')).display") != "none"
    assert len(browser.call("Page.printToPDF")["data"]) > 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 800, 1280])
def test_at_every_width_verdict_and_message_are_whole_and_can_be_read(browser, page, width, scheme):
    browser.open(page)
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    clipped = browser.evaluate(
        "[...document.querySelectorAll('.outcome, pre mark, pre .code, td.verdict')].filter(e => {"
        " const r = e.getBoundingClientRect(); return r.width && (r.left < 0 || r.right > innerWidth); })"
        ".map(e => e.textContent)"
    )
    assert clipped == []
    assert "^" not in browser.evaluate("document.querySelector('article pre').textContent")
    assert min(browser.evaluate(CONTRASTS)) >= 4.5


def test_a_line_of_the_message_that_breaks_goes_on_below_its_own_text(browser, page):
    browser.open(page)
    browser.call("Emulation.setDeviceMetricsOverride", width=400, height=900, deviceScaleFactor=1, mobile=False)
    lefts = browser.evaluate(
        "[...document.querySelectorAll('article pre > span')].map(line => { const range = document.createRange();"
        " range.selectNodeContents(line); return [...range.getClientRects()].filter(r => r.width > 1)"
        ".sort((a, b) => a.top - b.top).map(r => Math.round(r.left)); })"
    )
    first = [line[0] for line in lefts if line]
    assert all(min(line) == line[0] for line in lefts if line)
    assert len(set(first)) == 1  # the indent of a line is of spaces, which are part of it
    assert max(max(line) for line in lefts if line) > first[0]


def test_the_picture_is_centred_on_the_cause_zooms_and_is_searched(browser, page):
    browser.open(page)
    where = (
        "(() => { const o = document.querySelector('.picture').getBoundingClientRect(),"
        " i = document.querySelector('g.cause').getBoundingClientRect();"
        " return i.top >= o.top && i.bottom <= o.bottom; })()"
    )
    assert browser.evaluate(where) is True
    width = browser.evaluate("document.querySelector('.picture svg').getBoundingClientRect().width")
    browser.click("[data-tool='in']")
    assert browser.evaluate("document.querySelector('.picture svg').getBoundingClientRect().width") > width * 1.2
    browser.evaluate(
        "(e => { e.value = 'pooling'; e.dispatchEvent(new Event('input')); })"
        "(document.querySelector('input[type=search]'))"
    )
    shown = "[...document.querySelectorAll('tr[data-row]')].filter(e => e.offsetParent).map(e => e.dataset.row)"
    assert browser.evaluate(shown) == ["1"]
    assert browser.evaluate("[...document.querySelectorAll('g.found')].map(e => e.dataset.row)") == ["1"]


CONTRASTS = """(() => {
  const light = (c) => { const v = c / 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const paper = (e) => {
    for (; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('.outcome, pre, pre span, pre mark, td, th, .hint')].map((e) => {
    const [a, b] = [luminance(numbers(getComputedStyle(e).color)), luminance(paper(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
})()"""
