"""The sheet that the demo's pictures are drawn on: 1200 by 900, a wall and a table in soft light, shapes in SVG."""

import itertools

WIDTH, HEIGHT = 1200, 900
TABLE = 640  # where the wall ends
GROUND = 760  # where things stand
FOCUS = 560  # the height that stays in place when what is on the sheet is made larger

WHITE, INK = "#ffffff", "#1d1a26"


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(one: str, other: str, share: float) -> str:
    """The colour that is `share` of the way from one to the other."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def light(colour: str, share: float = 0.3) -> str:
    """The colour in the light."""
    return mix(colour, WHITE, share)


def dark(colour: str, share: float = 0.3) -> str:
    """The colour in the shade."""
    return mix(colour, INK, share)


class Sheet:
    """Shapes in the order they are drawn, and the gradients they use."""

    def __init__(self, backdrop: str) -> None:
        """Start with an empty sheet before that colour."""
        self.backdrop = backdrop
        self.shapes: list[str] = []
        self.gradients: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def add(self, *shapes: str) -> None:
        """Draw over what is there."""
        self.shapes.extend(shapes)

    def _gradient(self, element: str, where: str, stops: list[tuple[float, str]]) -> str:
        name = f"g{next(self._numbers)}"
        inside = "".join(f'<stop offset="{offset}" stop-color="{colour}"/>' for offset, colour in stops)
        self.gradients[name] = f'<{element} id="{name}" {where}>{inside}</{element}>'
        return f"url(#{name})"

    def tube(self, colour: str) -> str:
        """A fill for what is round and upright, lit from the left."""
        stops = [(0, dark(colour, 0.14)), (0.22, light(colour, 0.16)), (0.38, light(colour, 0.3)), (0.62, colour)]
        return self._gradient("linearGradient", 'x1="0" x2="1" y1="0" y2="0"', [*stops, (1, dark(colour, 0.3))])

    def ball(self, colour: str) -> str:
        """A fill for what is round all over, lit from above left."""
        stops = [(0, light(colour, 0.45)), (0.45, colour), (1, dark(colour, 0.34))]
        return self._gradient("radialGradient", 'cx="0.36" cy="0.3" r="0.78"', stops)

    def fall(self, top: str, bottom: str) -> str:
        """A fill that goes from one colour down to another."""
        return self._gradient("linearGradient", 'x1="0" x2="0" y1="0" y2="1"', [(0, top), (1, bottom)])

    def slant(self, first: str, last: str) -> str:
        """A fill that goes from one colour at the upper left to another at the lower right."""
        return self._gradient("linearGradient", 'x1="0" x2="1" y1="0" y2="1"', [(0, first), (1, last)])

    def cloth(self, colour: str) -> str:
        """A fill for something soft and flat."""
        return self.slant(light(colour, 0.14), dark(colour, 0.14))

    def table(self, wood: str | None = None) -> None:
        """Let things stand on something."""
        top = wood or mix(self.backdrop, INK, 0.1)
        fill = self.fall(light(top, 0.1), dark(top, 0.1))
        self.add(
            f'<rect x="-{WIDTH}" y="{TABLE}" width="{3 * WIDTH}" height="{HEIGHT - TABLE}" fill="{fill}"/>',
            f'<rect x="-{WIDTH}" y="{HEIGHT - 1}" width="{3 * WIDTH}" height="{HEIGHT}" fill="{dark(top, 0.1)}"/>',
            f'<rect x="-{WIDTH}" y="{TABLE}" width="{3 * WIDTH}" height="5" fill="{light(top, 0.35)}" opacity="0.6"/>',
        )

    def shadow(self, x: float, width: float, y: float = GROUND, strength: float = 0.42) -> None:
        """The shadow under something that stands; it falls a little to the right."""
        self.add(
            f'<ellipse cx="{x + width * 0.1}" cy="{y + 6}" rx="{width * 0.66}" ry="{20 + width * 0.035}"'
            f' fill="{INK}" opacity="{strength * 0.55}" filter="url(#soft)"/>',
            f'<ellipse cx="{x}" cy="{y}" rx="{width * 0.5}" ry="{8 + width * 0.018}"'
            f' fill="{INK}" opacity="{strength}" filter="url(#close)"/>',
        )

    def lifted(self, *shapes: str, name: str = "lying") -> None:
        """Draw with a shadow of their own outline: things seen from above, or hanging on the wall."""
        self.add(f'<g filter="url(#{name})">{"".join(shapes)}</g>')

    def svg(self, zoom: float = 1, detail: tuple[float, float, float, float] | None = None) -> str:
        """The sheet as SVG, 1200 by 900; what is on it made larger by `zoom`, or the part that `detail` frames."""
        wall = self._gradient(
            "radialGradient",
            'cx="0.34" cy="0.22" r="0.95"',
            [(0, light(self.backdrop, 0.42)), (0.55, self.backdrop), (1, dark(self.backdrop, 0.12))],
        )
        box = " ".join(str(number) for number in detail or (0, 0, WIDTH, HEIGHT))
        size = 1 if detail else zoom
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="{box}">'
            f"<defs>{FILTERS}{''.join(self.gradients.values())}</defs>"
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{wall}"/>'
            f'<g transform="translate(600 {FOCUS}) scale({size}) translate(-600 -{FOCUS})">{"".join(self.shapes)}</g></svg>'
        )


FILTERS = (
    '<filter id="soft" x="-50%" y="-150%" width="200%" height="400%"><feGaussianBlur stdDeviation="26"/></filter>'
    '<filter id="close" x="-50%" y="-150%" width="200%" height="400%"><feGaussianBlur stdDeviation="8"/></filter>'
    '<filter id="glow" x="-80%" y="-80%" width="260%" height="260%"><feGaussianBlur stdDeviation="42"/></filter>'
    '<filter id="lying" x="-20%" y="-20%" width="150%" height="150%">'
    '<feDropShadow dx="10" dy="16" stdDeviation="16" flood-color="#1d1a26" flood-opacity="0.34"/></filter>'
    '<filter id="hanging" x="-20%" y="-20%" width="150%" height="150%">'
    '<feDropShadow dx="22" dy="30" stdDeviation="26" flood-color="#1d1a26" flood-opacity="0.3"/></filter>'
)
