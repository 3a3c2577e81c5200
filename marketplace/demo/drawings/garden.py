"""Plants, and what they need."""

from math import cos, pi, sin

from marketplace.demo.drawings.sheet import Sheet, dark, light, mix

LEAF, FRESH = "#3f7d54", "#94c06f"


def _pot(sheet: Sheet, colour: str, x: float = 600, top: float = 560, width: float = 260) -> None:
    """A clay pot with a rim."""
    half = width / 2
    sheet.add(
        f'<path d="M{x - half * 0.88} {top + 30} H{x + half * 0.88} L{x + half * 0.66} 758 Q{x + half * 0.64} 776 {x + half * 0.5} 776 H{x - half * 0.5} Q{x - half * 0.64} 776 {x - half * 0.66} 758 Z" fill="{sheet.tube(colour)}"/>',
        f'<rect x="{x - half}" y="{top - 12}" width="{width}" height="62" rx="13" fill="{sheet.tube(light(colour, 0.1))}"/>',
    )


def monstera(sheet: Sheet, main: str, second: str) -> None:
    """A Swiss cheese plant."""
    sheet.table()
    sheet.shadow(600, 270, 774)
    leaves = ((-70, 330, 1.0), (62, 300, 1.05), (-34, 214, 0.9), (28, 190, 0.86), (-98, 420, 0.72), (96, 420, 0.74))
    for index, (angle, reach, size) in enumerate(leaves):
        x, y = 600 + sin(angle * pi / 180) * reach * 0.8, 560 - cos(angle * pi / 180) * reach * 0.5 - reach * 0.42
        green = mix(LEAF, FRESH, index * 0.13)
        slits = "".join(
            f'<path d="M{side * 22} {-40 + step * 40} Q{side * 70} {-66 + step * 42} {side * 120} {-54 + step * 46}" stroke="{mix(sheet.backdrop, green, 0.15)}" stroke-width="11" fill="none" stroke-linecap="round"/>'
            for side in (-1, 1)
            for step in range(3)
        )
        sheet.add(
            f'<path d="M600 560 Q{(600 + x) / 2} {y + 150} {x} {y}" stroke="{dark(green, 0.1)}" stroke-width="9" fill="none"/>',
            f'<g transform="translate({x} {y}) rotate({angle * 0.8}) scale({size})"><path d="M0 110 C-70 120 -130 40 -104 -40 C-84 -100 -30 -130 0 -150 C30 -130 84 -100 104 -40 C130 40 70 120 0 110 Z" fill="{sheet.slant(light(green, 0.16), dark(green, 0.24))}"/>{slits}'
            f'<path d="M0 112 V-136" stroke="{light(green, 0.35)}" stroke-width="6"/></g>',
        )
    _pot(sheet, main)
    sheet.add(f'<path d="M502 690 H698" stroke="{second}" stroke-width="10"/>')


def cactus(sheet: Sheet, main: str, second: str) -> None:
    """Three cacti in a row."""
    sheet.table()
    for x, top, width, height, pot in (
        (370, 640, 170, 190, main),
        (620, 620, 200, 330, second),
        (860, 650, 160, 130, light(main, 0.25)),
    ):
        sheet.shadow(x, width, 774)
        base = top + 4
        green = mix(LEAF, "#5f9a7b", x / 1200)
        if height > 300:
            arms = f'<path d="M{x - 40} {base - 130} H{x - 92} Q{x - 110} {base - 130} {x - 110} {base - 150} V{base - 214} M{x + 40} {base - 90} H{x + 90} Q{x + 108} {base - 90} {x + 108} {base - 110} V{base - 196}" stroke="{dark(green, 0.1)}" stroke-width="52" stroke-linecap="round" fill="none"/>'
        else:
            arms = ""
        sheet.add(
            arms,
            f'<rect x="{x - width * 0.32}" y="{base - height}" width="{width * 0.64}" height="{height + 20}" rx="{width * 0.32}" fill="{sheet.tube(green)}"/>',
            *(
                f'<path d="M{x + offset * width} {base - height + 34 + abs(offset) * 60} V{base}" stroke="{dark(green, 0.3)}" stroke-width="4" opacity="0.5"/>'
                for offset in (-0.2, -0.07, 0.07, 0.2)
            ),
            *(
                f'<path d="M{x + (step % 3 - 1) * width * 0.19} {base - height + 44 + step * 24} l-8 -8 m8 8 l8 -8" stroke="#fdf6dc" stroke-width="3"/>'
                for step in range(int((height - 40) / 24))
            ),
            f'<circle cx="{x}" cy="{base - height + 2}" r="17" fill="#e86a8a"/><circle cx="{x}" cy="{base - height + 2}" r="7" fill="#ffd36b"/>',
        )
        _pot(sheet, pot, x, top, width)


def fern(sheet: Sheet, main: str, second: str) -> None:
    """A fern, spreading."""
    sheet.table()
    sheet.shadow(600, 280, 774)
    for index, angle in enumerate((-82, 82, -62, 62, -44, 44, -28, 28, -12, 12)):
        reach = 360 - abs(angle) * 0.7
        green = mix(LEAF, FRESH, index * 0.09)
        leaflets = "".join(
            f'<ellipse cx="{side * (30 - step * 1.5)}" cy="{-60 - step * reach / 15}" rx="{34 - step * 2}" ry="{10 - step * 0.4}" fill="{mix(green, FRESH, step / 24)}" transform="rotate({side * 24} {side * (30 - step * 1.5)} {-60 - step * reach / 15})"/>'
            for step in range(14)
            for side in (-1, 1)
        )
        sheet.add(
            f'<g transform="translate(600 566) rotate({angle})"><path d="M0 0 V{-reach}" stroke="{dark(green, 0.15)}" stroke-width="6"/>{leaflets}</g>'
        )
    _pot(sheet, main, width=280)
    sheet.add(
        f'<path d="M494 656 q26 -26 53 0 t53 0 t53 0 t53 0" stroke="{light(second, 0.2)}" stroke-width="9" fill="none"/>'
    )


def snake_plant(sheet: Sheet, main: str, second: str) -> None:
    """A snake plant in a cylinder."""
    sheet.table()
    sheet.shadow(600, 290, 774)
    for index, (angle, height) in enumerate(
        ((-24, 330), (24, 340), (-13, 430), (14, 410), (0, 490), (-5, 300), (7, 280))
    ):
        green = mix("#2f6b4c", "#5c9464", index * 0.12)
        bands = "".join(
            f'<path d="M-30 {-60 - step * 42} q30 -22 60 0" stroke="{light(green, 0.42)}" stroke-width="8" fill="none" opacity="0.6"/>'
            for step in range(int((height - 110) / 42))
        )
        sheet.add(
            f'<g transform="translate({600 + angle * 2.6} 590) rotate({angle})"><path d="M-34 20 C-46 {-height * 0.5} -24 {-height * 0.86} 0 {-height} C24 {-height * 0.86} 46 {-height * 0.5} 34 20 Z" fill="{green}" stroke="#d8d487" stroke-width="6"/>{bands}</g>'
        )
    sheet.add(
        f'<path d="M462 560 H738 V748 Q738 776 710 776 H490 Q462 776 462 748 Z" fill="{sheet.tube(main)}"/>',
        f'<path d="M462 600 H738 M462 640 H738 M462 680 H738 M462 720 H738" stroke="{second}" stroke-width="9" opacity="0.55"/>',
    )


def terrarium(sheet: Sheet, main: str, second: str) -> None:
    """A small garden in a bottle."""
    sheet.table()
    sheet.shadow(600, 430, 776)
    jar = "M526 250 V330 C410 372 356 460 356 570 C356 720 460 776 600 776 C740 776 844 720 844 570 C844 460 790 372 674 330 V250 Z"
    fronds = "".join(
        f'<path d="M{x} 664 C{x - 22} {620 - h * 0.4} {x - 18} {600 - h} {x} {560 - h} C{x + 18} {600 - h} {x + 22} {620 - h * 0.4} {x} 664 Z" fill="{mix(LEAF, FRESH, (x - 430) / 380)}" transform="rotate({turn} {x} 664)"/>'
        for x, h, turn in ((470, 10, -22), (520, 70, -10), (580, 120, -4), (640, 90, 8), (700, 40, 16), (740, 0, 26))
    )
    sheet.add(
        f'<clipPath id="jar"><path d="{jar}"/></clipPath>',
        f'<path d="{jar}" fill="#ffffff" opacity="0.4"/>',
        f'<g clip-path="url(#jar)"><rect x="340" y="716" width="520" height="80" fill="#b9ad98"/><path d="M340 650 C460 620 560 660 640 640 C720 620 800 650 860 640 V724 H340 Z" fill="#5a4031"/>'
        f"{fronds}"
        f'<path d="M360 668 C420 630 480 660 520 650 C560 640 600 672 560 684 Z M640 670 C690 636 760 650 830 660 L800 690 Z" fill="#7aa95c"/>'
        f'<circle cx="690" cy="668" r="15" fill="{main}"/><path d="M672 668 a18 15 0 0 1 36 0 Z" fill="{main}"/><rect x="686" y="666" width="9" height="24" fill="#f4ead6"/></g>',
        f'<path d="{jar}" fill="none" stroke="#ffffff" stroke-width="9" opacity="0.75"/>',
        f'<rect x="520" y="196" width="160" height="70" rx="16" fill="{sheet.tube("#c59a66")}"/>',
        '<path d="M404 500 C396 580 410 650 446 700" stroke="#ffffff" stroke-width="17" stroke-linecap="round" fill="none" opacity="0.65"/>',
        f'<path d="M540 300 h120" stroke="{second}" stroke-width="7"/>',
    )


def can(sheet: Sheet, main: str, second: str) -> None:
    """A watering can."""
    sheet.table()
    sheet.shadow(620, 440, 770)
    sheet.add(
        f'<path d="M750 470 C940 400 940 720 758 690" fill="none" stroke="{dark(main, 0.2)}" stroke-width="26"/>',
        f'<path d="M480 660 L290 420 L256 440 L470 730 Z" fill="{sheet.slant(light(main, 0.2), dark(main, 0.2))}"/>',
        f'<path d="M222 380 L330 330 L346 366 L252 466 Z" fill="{sheet.slant(light(main, 0.3), dark(main, 0.1))}"/>',
        f'<ellipse cx="272" cy="392" rx="70" ry="20" fill="{dark(main, 0.3)}" transform="rotate(-36 272 392)"/>',
        f'<path d="M460 480 H780 L800 750 Q800 770 776 770 H464 Q440 770 440 750 Z" fill="{sheet.tube(main)}"/>',
        f'<path d="M460 480 C470 420 770 420 780 480 Z" fill="{sheet.tube(light(main, 0.12))}"/>',
        f'<path d="M520 440 C560 330 690 330 720 440" fill="none" stroke="{dark(main, 0.15)}" stroke-width="22"/>',
        f'<path d="M452 560 H788 M448 700 H794" stroke="{second}" stroke-width="13" opacity="0.85"/>',
        '<path d="M490 500 L480 740" stroke="#ffffff" stroke-width="15" stroke-linecap="round" opacity="0.3"/>',
    )


def seeds(sheet: Sheet, main: str, second: str) -> None:
    """Three packets of seeds."""
    for x, turn, colour, petal in (
        (390, -9, main, "#f2c14e"),
        (600, 2, second, "#e4572e"),
        (812, 10, mix(main, second, 0.5), "#ffffff"),
    ):
        flower = "".join(
            f'<ellipse cx="{x}" cy="430" rx="19" ry="40" fill="{petal}" transform="rotate({angle} {x} 474)"/>'
            for angle in range(0, 360, 45)
        )
        sheet.lifted(
            f'<g transform="rotate({turn} {x} 450)"><rect x="{x - 118}" y="230" width="236" height="450" rx="8" fill="{sheet.slant(light(colour, 0.18), dark(colour, 0.1))}"/>'
            f'<rect x="{x - 118}" y="230" width="236" height="52" fill="{dark(colour, 0.2)}"/><rect x="{x - 92}" y="306" width="184" height="290" rx="6" fill="#fbf5e6"/>'
            f'<path d="M{x} 474 V588 M{x} 560 q-40 -10 -56 -44 M{x} 574 q40 -10 56 -44" stroke="{LEAF}" stroke-width="9" fill="none"/>{flower}<circle cx="{x}" cy="474" r="25" fill="#7b4b2a"/>'
            f'<path d="M{x - 64} 630 h128 M{x - 40} 654 h80" stroke="{light(colour, 0.7)}" stroke-width="8" stroke-linecap="round"/></g>'
        )
