"""Things to play with."""

from marketplace.demo.drawings.sheet import Sheet, dark, light, mix


def train(sheet: Sheet, main: str, second: str) -> None:
    """A wooden train with two wagons."""
    sheet.table()
    sheet.shadow(600, 860, 786)
    third = mix(main, "#f2c14e", 0.75)
    sheet.add(
        '<path d="M380 660 H830" stroke="#6e5a45" stroke-width="13"/>',
        f'<rect x="190" y="560" width="220" height="120" rx="16" fill="{sheet.fall(light(third, 0.15), dark(third, 0.12))}"/>',
        *(
            f'<circle cx="{x}" cy="540" r="44" fill="{sheet.ball(colour)}"/>'
            for x, colour in ((250, main), (346, second))
        ),
        f'<rect x="456" y="540" width="220" height="140" rx="16" fill="{sheet.fall(light(second, 0.15), dark(second, 0.12))}"/>',
        '<path d="M486 560 h60 v60 h-60 Z M586 560 h60 v60 h-60 Z" fill="#fbf3df"/>',
        f'<rect x="728" y="520" width="280" height="160" rx="20" fill="{sheet.fall(light(main, 0.15), dark(main, 0.15))}"/>',
        f'<rect x="728" y="400" width="136" height="160" rx="14" fill="{sheet.fall(light(main, 0.2), dark(main, 0.05))}"/>',
        f'<rect x="704" y="372" width="184" height="40" rx="16" fill="{second}"/><rect x="756" y="440" width="80" height="66" rx="10" fill="#fbf3df"/>',
        f'<rect x="924" y="420" width="50" height="110" fill="{sheet.tube(second)}"/><rect x="910" y="396" width="78" height="36" rx="12" fill="{sheet.tube(dark(second, 0.2))}"/>',
        f'<rect x="1000" y="560" width="30" height="76" rx="14" fill="{third}"/>',
    )
    for x in (246, 354, 512, 620, 792, 944):
        sheet.add(
            f'<circle cx="{x}" cy="716" r="62" fill="{sheet.ball("#c89b63")}"/><circle cx="{x}" cy="716" r="62" fill="none" stroke="#8c6637" stroke-width="6"/><circle cx="{x}" cy="716" r="18" fill="#7a5a33"/>'
        )


def rings(sheet: Sheet, main: str, second: str) -> None:
    """A tower of wooden rings."""
    sheet.table()
    sheet.shadow(600, 400, 780)
    colours = (main, mix(main, "#f2c14e", 0.7), second, mix(second, "#4f9d8f", 0.7), light(main, 0.35))
    sheet.add(f'<rect x="410" y="740" width="380" height="40" rx="18" fill="{sheet.tube("#c89b63")}"/>')
    for step, colour in enumerate(colours):
        width, y = 340 - step * 46, 664 - step * 78
        sheet.add(
            f'<rect x="{600 - width / 2}" y="{y}" width="{width}" height="82" rx="41" fill="{sheet.tube(colour)}"/>'
        )
    sheet.add(f'<circle cx="600" cy="290" r="62" fill="{sheet.ball(second)}"/>')


def chess(sheet: Sheet, main: str, second: str) -> None:
    """A chess board with a few pieces."""
    squares = "".join(
        f'<rect x="{320 + column * 70}" y="{170 + row * 70}" width="70" height="70" fill="{light(second, 0.3) if (row + column) % 2 else dark(main, 0.2)}"/>'
        for row in range(8)
        for column in range(8)
    )
    sheet.lifted(
        f'<rect x="280" y="130" width="640" height="640" rx="14" fill="{sheet.slant(light(main, 0.2), dark(main, 0.35))}"/>',
        squares,
    )
    pieces = (
        (355, 625, 0),
        (495, 555, 0),
        (635, 625, 0),
        (565, 695, 0),
        (425, 275, 1),
        (565, 345, 1),
        (705, 275, 1),
        (775, 415, 1),
        (845, 695, 0),
    )
    for x, y, side in pieces:
        wood = "#efe0c2" if side == 0 else "#3d2a20"
        sheet.add(
            f'<ellipse cx="{x + 9}" cy="{y + 12}" rx="30" ry="28" fill="#1d1a26" opacity="0.35" filter="url(#close)"/>',
            f'<circle cx="{x}" cy="{y}" r="28" fill="{sheet.ball(wood)}"/><circle cx="{x}" cy="{y}" r="16" fill="{sheet.ball(light(wood, 0.2))}"/><circle cx="{x}" cy="{y}" r="7" fill="{dark(wood, 0.3)}"/>',
        )


def kite(sheet: Sheet, main: str, second: str) -> None:
    """A kite among clouds."""
    sky = sheet.fall("#8fc3e4", "#dceef5")
    sheet.add(f'<rect width="1200" height="900" fill="{sky}"/>')
    for x, y, size in ((220, 240, 1.0), (930, 180, 0.8), (980, 640, 1.15), (190, 700, 0.8)):
        sheet.add(
            f'<g transform="translate({x} {y}) scale({size})" fill="#ffffff" opacity="0.88"><ellipse rx="120" ry="42"/><circle cx="-44" cy="-30" r="52"/><circle cx="34" cy="-40" r="66"/></g>'
        )
    sheet.lifted(
        f'<path d="M620 110 L800 330 L620 660 L440 330 Z" fill="{main}"/>',
        f'<path d="M620 110 L800 330 H620 Z" fill="{second}"/><path d="M620 330 V660 L440 330 Z" fill="{light(second, 0.35)}"/>',
        f'<path d="M620 110 V660 M440 330 H800" stroke="{dark(main, 0.5)}" stroke-width="7"/>',
        name="hanging",
    )
    sheet.add(
        '<path d="M620 660 C560 720 680 760 610 830 C580 862 600 880 590 900" stroke="#4b4a55" stroke-width="4" fill="none"/>'
    )
    for x, y, turn, colour in ((604, 716, 30, second), (648, 772, -20, main), (606, 838, 30, second)):
        sheet.add(
            f'<path d="M{x} {y} l-40 -20 v40 Z M{x} {y} l40 -20 v40 Z" fill="{colour}" transform="rotate({turn} {x} {y})"/>'
        )


def bear(sheet: Sheet, main: str, second: str) -> None:
    """A bear with a scarf."""
    sheet.table()
    sheet.shadow(600, 420, 776)
    fur, muzzle = sheet.ball(main), light(main, 0.45)
    sheet.add(
        *(
            f'<circle cx="{x}" cy="212" r="68" fill="{fur}"/><circle cx="{x}" cy="216" r="38" fill="{muzzle}"/>'
            for x in (462, 738)
        ),
        f'<ellipse cx="430" cy="590" rx="64" ry="110" fill="{fur}" transform="rotate(26 430 590)"/><ellipse cx="770" cy="590" rx="64" ry="110" fill="{fur}" transform="rotate(-26 770 590)"/>',
        f'<ellipse cx="600" cy="610" rx="176" ry="170" fill="{fur}"/><ellipse cx="600" cy="630" rx="104" ry="112" fill="{muzzle}"/>',
        *(
            f'<ellipse cx="{x}" cy="734" rx="88" ry="66" fill="{fur}"/><ellipse cx="{x}" cy="742" rx="46" ry="38" fill="{muzzle}"/>'
            for x in (474, 726)
        ),
        f'<circle cx="600" cy="330" r="176" fill="{fur}"/>',
        f'<ellipse cx="600" cy="388" rx="84" ry="64" fill="{muzzle}"/>',
        '<ellipse cx="600" cy="358" rx="27" ry="19" fill="#2b2329"/><path d="M600 376 V398 M600 398 q-24 22 -44 4 M600 398 q24 22 44 4" stroke="#2b2329" stroke-width="7" fill="none" stroke-linecap="round"/>',
        *(
            f'<circle cx="{x}" cy="308" r="17" fill="#2b2329"/><circle cx="{x + 5}" cy="302" r="5" fill="#ffffff"/>'
            for x in (536, 664)
        ),
        f'<path d="M440 452 C520 512 680 512 760 452 L772 500 C690 560 510 560 428 500 Z" fill="{second}"/>',
        f'<path d="M660 520 L720 512 L748 660 L684 668 Z" fill="{dark(second, 0.12)}"/>',
    )


def blocks(sheet: Sheet, main: str, second: str) -> None:
    """Building blocks with letters."""
    sheet.table()
    sheet.shadow(600, 620, 780)
    third = mix(main, "#f2c14e", 0.7)
    for x, y, colour, letter in (
        (310, 570, main, "A"),
        (520, 570, second, "B"),
        (730, 570, third, "C"),
        (414, 360, third, "D"),
        (626, 360, main, "E"),
    ):
        sheet.add(
            f'<rect x="{x}" y="{y}" width="206" height="206" rx="18" fill="{sheet.slant("#ead0a2", "#c29b62")}"/>',
            f'<rect x="{x + 18}" y="{y + 18}" width="170" height="170" rx="12" fill="none" stroke="{colour}" stroke-width="11"/>',
            f'<text x="{x + 103}" y="{y + 152}" font-family="DejaVu Sans" font-weight="bold" font-size="128" text-anchor="middle" fill="{colour}">{letter}</text>',
        )
    sheet.add(
        f'<path d="M520 360 L620 200 L720 360 Z" fill="{sheet.slant(light(second, 0.2), dark(second, 0.15))}" transform="translate(2 -2)"/>'
    )


def puzzle(sheet: Sheet, main: str, second: str) -> None:
    """A jigsaw with its last piece beside it."""
    colours = (main, light(main, 0.3), second, light(second, 0.35), mix(main, second, 0.5))
    knob = "M0 0 H64 C58 -34 112 -34 106 0 H170 V64 C204 58 204 112 170 106 V170 H106 C112 136 58 136 64 170 H0 V106 C34 112 34 58 0 64 Z"
    placed = "".join(
        f'<path d="{knob}" transform="translate({250 + column * 170} {130 + row * 170})" fill="{colours[(row * 2 + column) % 5]}" stroke="{dark(main, 0.4)}" stroke-width="3" stroke-opacity="0.35"/>'
        for row in range(4)
        for column in range(4)
        if (row, column) != (3, 3)
    )
    sheet.lifted(placed)
    sheet.lifted(
        f'<path d="{knob}" transform="translate(880 660) rotate(18 85 85)" fill="{colours[4]}" stroke="{dark(main, 0.4)}" stroke-width="3" stroke-opacity="0.35"/>'
    )
