"""Things for the table."""

from marketplace.demo.drawings.sheet import GROUND, INK, Sheet, dark, light, mix


def mug(sheet: Sheet, main: str, second: str) -> None:
    """A mug, dipped in a second glaze."""
    sheet.table()
    sheet.shadow(590, 330)
    sheet.add(
        f'<path d="M752 480 C900 450 900 670 742 650" fill="none" stroke="{dark(main, 0.22)}" stroke-width="44" stroke-linecap="round"/>',
        f'<path d="M752 476 C884 450 884 652 744 642" fill="none" stroke="{light(main, 0.12)}" stroke-width="20" stroke-linecap="round" opacity="0.7"/>',
        f'<path d="M430 400 L446 716 Q452 764 510 766 L676 766 Q734 764 740 716 L760 400 Z" fill="{sheet.tube(main)}"/>',
        f'<path d="M430 400 L437 540 C500 572 560 520 620 552 C680 584 720 540 753 548 L760 400 Z" fill="{sheet.tube(second)}"/>',
        f'<ellipse cx="595" cy="400" rx="165" ry="38" fill="{light(second, 0.3)}"/>',
        f'<ellipse cx="595" cy="404" rx="148" ry="29" fill="{dark(main, 0.5)}"/>',
        '<ellipse cx="595" cy="412" rx="136" ry="21" fill="#5a3524"/>',
        '<path d="M486 446 C480 540 486 620 498 700" stroke="#ffffff" stroke-width="16" stroke-linecap="round" fill="none" opacity="0.32"/>',
    )


def espresso(sheet: Sheet, main: str, second: str) -> None:
    """Two small cups on their saucers."""
    sheet.table()
    for x, glaze in ((420, main), (780, second)):
        sheet.shadow(x, 300, GROUND + 4)
        sheet.add(
            f'<ellipse cx="{x}" cy="742" rx="176" ry="36" fill="{sheet.tube(light(glaze, 0.2))}"/>',
            f'<ellipse cx="{x}" cy="734" rx="150" ry="26" fill="{dark(glaze, 0.12)}" opacity="0.6"/>',
            f'<path d="M{x + 92} 590 C{x + 180} 570 {x + 176} 690 {x + 84} 668" fill="none" stroke="{dark(glaze, 0.2)}" stroke-width="24"/>',
            f'<path d="M{x - 108} 540 C{x - 104} 660 {x - 80} 730 {x} 732 C{x + 80} 730 {x + 104} 660 {x + 108} 540 Z" fill="{sheet.tube(glaze)}"/>',
            f'<ellipse cx="{x}" cy="540" rx="108" ry="25" fill="{light(glaze, 0.4)}"/>',
            f'<ellipse cx="{x}" cy="543" rx="94" ry="18" fill="#4a2a1b"/>',
            f'<ellipse cx="{x - 14}" cy="544" rx="60" ry="10" fill="#a9713f" opacity="0.75"/>',
            f'<path d="M{x - 76} 578 C{x - 74} 630 {x - 62} 670 {x - 44} 696" stroke="#ffffff" stroke-width="11" stroke-linecap="round" fill="none" opacity="0.34"/>',
        )


def bowl(sheet: Sheet, main: str, second: str) -> None:
    """A wide bowl with a band of another colour."""
    sheet.table()
    sheet.shadow(600, 360)
    sheet.add(
        f'<path d="M520 730 L680 730 L692 770 L508 770 Z" fill="{sheet.tube(dark(main, 0.15))}"/>',
        f'<path d="M318 500 C330 670 450 748 600 748 C750 748 870 670 882 500 Z" fill="{sheet.tube(main)}"/>',
        f'<path d="M324 548 C350 566 850 566 876 548 C872 572 868 590 862 606 C800 628 400 628 338 606 C332 590 327 570 324 548 Z" fill="{sheet.tube(second)}"/>',
        f'<ellipse cx="600" cy="500" rx="282" ry="62" fill="{light(main, 0.35)}"/>',
        f'<ellipse cx="600" cy="506" rx="258" ry="50" fill="{sheet.fall(dark(second, 0.3), light(second, 0.1))}"/>',
        '<path d="M372 566 C384 634 420 684 470 712" stroke="#ffffff" stroke-width="15" stroke-linecap="round" fill="none" opacity="0.3"/>',
    )


def plates(sheet: Sheet, main: str, second: str) -> None:
    """Two plates seen from above, painted along the rim."""
    for x, y, radius, glaze, paint in ((500, 410, 290, main, second), (790, 570, 210, second, main)):
        petals = "".join(
            f'<ellipse cx="{x}" cy="{y - radius * 0.84}" rx="{radius * 0.06}" ry="{radius * 0.1}" fill="{paint}"'
            f' transform="rotate({angle} {x} {y})"/>'
            for angle in range(0, 360, 20)
        )
        sheet.lifted(
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{sheet.slant(light(glaze, 0.3), dark(glaze, 0.06))}"/>',
            f'<circle cx="{x}" cy="{y}" r="{radius * 0.69}" fill="{sheet.slant(dark(glaze, 0.09), light(glaze, 0.3))}"/>',
            f'<circle cx="{x}" cy="{y}" r="{radius * 0.65}" fill="{sheet.slant(light(glaze, 0.22), light(glaze, 0.05))}"/>',
            petals,
            f'<circle cx="{x}" cy="{y}" r="{radius * 0.965}" fill="none" stroke="{paint}" stroke-width="7" opacity="0.8"/>',
        )


def vase(sheet: Sheet, main: str, second: str) -> None:
    """A tall vase with a few dry stems."""
    sheet.table()
    stems = [(-150, 150, 20), (-70, 90, -8), (10, 120, 6), (96, 100, 14), (170, 190, -14)]
    for dx, top, bend in stems:
        x = 600 + dx
        sheet.add(
            f'<path d="M600 430 Q{600 + dx * 0.3 + bend} 320 {x} {top + 40}" stroke="#7d6a45" stroke-width="5" fill="none"/>',
            *(
                f'<ellipse cx="{x - dx * 0.045 * step}" cy="{top + 34 * step}" rx="{16 - step}" ry="27" fill="{mix(second, "#d9b36a", 0.12 * step)}" transform="rotate({dx / 7 + 32 * (1 if step % 2 else -1)} {x - dx * 0.045 * step} {top + 34 * step})"/>'
                for step in range(5)
            ),
        )
    sheet.shadow(600, 290)
    body = (
        "M548 400 C548 470 440 520 440 624 C440 716 500 768 600 768 C700 768 760 716 760 624 C760 520 652 470 652 400 Z"
    )
    sheet.add(
        f'<path d="{body}" fill="{sheet.tube(main)}"/>',
        f'<path d="M446 590 C520 616 680 616 754 590 M441 636 C520 664 680 664 759 636" stroke="{dark(main, 0.4)}" stroke-width="8" fill="none" opacity="0.35"/>',
        f'<ellipse cx="600" cy="400" rx="52" ry="13" fill="{dark(main, 0.45)}"/>',
        f'<ellipse cx="600" cy="400" rx="52" ry="13" fill="none" stroke="{light(main, 0.35)}" stroke-width="6"/>',
        '<path d="M486 600 C482 650 498 700 524 726" stroke="#ffffff" stroke-width="15" stroke-linecap="round" fill="none" opacity="0.3"/>',
    )


def teapot(sheet: Sheet, main: str, second: str) -> None:
    """A round teapot with a bamboo handle."""
    sheet.table()
    sheet.shadow(600, 420)
    sheet.add(
        f'<path d="M440 500 C420 280 780 280 760 500" fill="none" stroke="{dark(second, 0.1)}" stroke-width="22"/>',
        f'<path d="M440 500 C424 290 776 290 760 500" fill="none" stroke="{light(second, 0.25)}" stroke-width="7" opacity="0.7"/>',
        f'<path d="M780 600 C850 590 870 520 910 480 L948 500 C920 570 890 690 790 700 Z" fill="{sheet.fall(light(main, 0.15), dark(main, 0.25))}"/>',
        f'<ellipse cx="929" cy="489" rx="23" ry="10" fill="{dark(main, 0.5)}" transform="rotate(28 929 489)"/>',
        f'<ellipse cx="600" cy="620" rx="228" ry="146" fill="{sheet.ball(main)}"/>',
        f'<path d="M486 500 C500 462 700 462 714 500 C680 520 520 520 486 500 Z" fill="{sheet.tube(light(main, 0.08))}"/>',
        f'<ellipse cx="600" cy="458" rx="28" ry="22" fill="{sheet.ball(second)}"/>',
        f'<path d="M376 596 C460 640 740 640 824 596" stroke="{light(main, 0.5)}" stroke-width="5" fill="none" opacity="0.5"/>',
        '<path d="M440 560 C424 600 428 650 448 684" stroke="#ffffff" stroke-width="16" stroke-linecap="round" fill="none" opacity="0.28"/>',
    )


def tiles(sheet: Sheet, main: str, second: str) -> None:
    """Nine painted tiles."""
    size = 206
    shapes = []
    for row in range(3):
        for column in range(3):
            x, y = 282 + column * (size + 6), 132 + row * (size + 6)
            cx, cy = x + size / 2, y + size / 2
            leaves = "".join(
                f'<path d="M{cx} {cy} C{cx + 44} {cy - 20} {cx + 44} {cy - 74} {cx} {cy - 92} C{cx - 44} {cy - 74} {cx - 44} {cy - 20} {cx} {cy} Z"'
                f' fill="{main}" transform="rotate({angle} {cx} {cy})"/>'
                for angle in (0, 90, 180, 270)
            )
            corners = "".join(
                f'<path d="M{a} {b} m-58 0 a58 58 0 0 1 116 0 a58 58 0 0 1 -116 0" fill="none" stroke="{second}" stroke-width="12"/>'
                for a, b in ((x, y), (x + size, y), (x, y + size), (x + size, y + size))
            )
            shapes.append(
                f'<svg x="{x}" y="{y}" width="{size}" height="{size}" viewBox="{x} {y} {size} {size}">'
                f'<rect x="{x}" y="{y}" width="{size}" height="{size}" fill="#f7f3e8"/>{corners}{leaves}'
                f'<circle cx="{cx}" cy="{cy}" r="22" fill="{second}"/><circle cx="{cx}" cy="{cy}" r="9" fill="#f7f3e8"/>'
                f'<path d="M{x} {y} h{size} v{size} z" fill="#ffffff" opacity="0.1"/></svg>'
            )
    sheet.lifted('<rect x="276" y="126" width="642" height="642" rx="4" fill="#cfc8b8"/>', *shapes)


def board(sheet: Sheet, main: str, second: str) -> None:
    """A cutting board with a loaf and a knife, from above."""
    grain = "".join(
        f'<path d="M{300 + step * 46} 190 C{312 + step * 46} 400 {290 + step * 46} 560 {302 + step * 46} 732" stroke="{dark(main, 0.2)}" stroke-width="3" fill="none" opacity="0.28"/>'
        for step in range(1, 13)
    )
    sheet.lifted(
        f'<path d="M310 180 H890 Q920 180 920 210 V712 Q920 742 890 742 H310 Q280 742 280 712 V210 Q280 180 310 180 Z" fill="{sheet.slant(light(main, 0.2), dark(main, 0.08))}"/>',
        grain,
        f'<circle cx="862" cy="236" r="24" fill="{dark(main, 0.5)}"/>',
    )
    sheet.lifted(
        f'<ellipse cx="510" cy="450" rx="160" ry="206" fill="{sheet.ball("#c98c4e")}" transform="rotate(18 510 450)"/>',
        *(
            f'<path d="M{430 + step * 18} {360 + step * 62} q70 -40 130 -8" stroke="#f0d9b0" stroke-width="15" stroke-linecap="round" fill="none"/>'
            for step in range(4)
        ),
    )
    sheet.lifted(
        f'<path d="M740 300 L772 300 L772 548 L726 548 C722 460 728 360 740 300 Z" fill="{sheet.slant("#f2f4f5", "#a9b1b6")}"/>',
        f'<rect x="728" y="548" width="46" height="146" rx="16" fill="{sheet.tube(second)}"/>',
        '<circle cx="751" cy="590" r="6" fill="#e3d9c6"/><circle cx="751" cy="650" r="6" fill="#e3d9c6"/>',
    )


def jars(sheet: Sheet, main: str, second: str) -> None:
    """Three jars with wooden lids."""
    sheet.table()
    for x, top, width, inside in (
        (380, 470, 190, main),
        (610, 380, 220, second),
        (846, 530, 176, mix(main, second, 0.5)),
    ):
        sheet.shadow(x, width)
        left, right = x - width / 2, x + width / 2
        sheet.add(
            f'<rect x="{left}" y="{top}" width="{width}" height="{768 - top}" rx="34" fill="#ffffff" opacity="0.42"/>',
            f'<path d="M{left + 10} {top + 90} H{right - 10} V732 Q{right - 10} 758 {right - 36} 758 H{left + 36} Q{left + 10} 758 {left + 10} 732 Z" fill="{sheet.tube(inside)}"/>',
            f'<ellipse cx="{x}" cy="{top + 90}" rx="{width / 2 - 10}" ry="15" fill="{light(inside, 0.3)}"/>',
            f'<rect x="{left - 6}" y="{top - 44}" width="{width + 12}" height="62" rx="14" fill="{sheet.tube("#c79a63")}"/>',
            f'<rect x="{x - 52}" y="{top + 150}" width="104" height="70" rx="8" fill="#f8f4e9"/>',
            f'<path d="M{x - 32} {top + 176} h64 M{x - 22} {top + 196} h44" stroke="{INK}" stroke-width="6" stroke-linecap="round" opacity="0.55"/>',
            f'<path d="M{left + 26} {top + 48} V716" stroke="#ffffff" stroke-width="13" stroke-linecap="round" opacity="0.5"/>',
        )
