"""Things for the house."""

from marketplace.demo.drawings.sheet import Sheet, dark, light, mix


def table_lamp(sheet: Sheet, main: str, second: str) -> None:
    """A lamp with a linen shade on a turned foot, lit."""
    sheet.table()
    sheet.add('<ellipse cx="600" cy="420" rx="360" ry="300" fill="#fff1c9" opacity="0.75" filter="url(#glow)"/>')
    sheet.shadow(600, 260)
    sheet.add(
        f'<ellipse cx="600" cy="756" rx="120" ry="24" fill="{sheet.tube(dark(main, 0.1))}"/>',
        f'<path d="M574 750 C566 690 520 660 536 600 C548 560 580 556 584 500 H616 C620 556 652 560 664 600 C680 660 634 690 626 750 Z" fill="{sheet.tube(main)}"/>',
        '<ellipse cx="600" cy="480" rx="190" ry="30" fill="#ffe9b0"/>',
        f'<path d="M484 220 H716 L798 484 C740 512 460 512 402 484 Z" fill="{sheet.slant(light(second, 0.5), mix(second, "#f2b24f", 0.35))}"/>',
        *(
            f'<path d="M{500 + step * 25} 222 L{430 + step * 42} 500" stroke="{dark(second, 0.2)}" stroke-width="2" opacity="0.22"/>'
            for step in range(9)
        ),
        f'<path d="M402 484 C460 512 740 512 798 484" stroke="{dark(second, 0.25)}" stroke-width="7" fill="none" opacity="0.5"/>',
        f'<ellipse cx="600" cy="220" rx="116" ry="14" fill="{light(second, 0.6)}"/>',
    )


def pendant(sheet: Sheet, main: str, second: str) -> None:
    """A pendant lamp in enamel."""
    sheet.add(
        f'<path d="M600 0 V250" stroke="{second}" stroke-width="9"/>',
        '<path d="M330 560 L120 900 H1080 L870 560 Z" fill="#fff3cd" opacity="0.5" filter="url(#glow)"/>',
    )
    sheet.lifted(
        f'<rect x="566" y="230" width="68" height="74" rx="12" fill="{sheet.tube(second)}"/>',
        f'<path d="M560 300 H640 C652 400 860 420 886 560 H314 C340 420 548 400 560 300 Z" fill="{sheet.tube(main)}"/>',
        f'<ellipse cx="600" cy="560" rx="286" ry="42" fill="{light(main, 0.5)}"/>',
        '<ellipse cx="600" cy="564" rx="268" ry="34" fill="#fff6da"/>',
        '<ellipse cx="600" cy="570" rx="86" ry="22" fill="#ffffff"/>',
        '<path d="M420 470 C450 430 500 410 540 396" stroke="#ffffff" stroke-width="16" stroke-linecap="round" fill="none" opacity="0.4"/>',
        name="hanging",
    )


def candles(sheet: Sheet, main: str, second: str) -> None:
    """Three candles, burning."""
    sheet.table()
    for x, top, width, wax in ((420, 520, 150, main), (610, 400, 160, second), (800, 590, 146, mix(main, second, 0.5))):
        sheet.shadow(x, width)
        left, right = x - width / 2, x + width / 2
        sheet.add(
            f'<ellipse cx="{x}" cy="{top - 70}" rx="90" ry="120" fill="#ffdf94" opacity="0.7" filter="url(#glow)"/>',
            f'<path d="M{left} {top} V748 Q{left} 768 {x} 768 Q{right} 768 {right} 748 V{top} Z" fill="{sheet.tube(wax)}"/>',
            f'<path d="M{left} {top} q12 90 26 20 q20 110 36 8 V{top} Z" fill="{light(wax, 0.28)}"/>',
            f'<ellipse cx="{x}" cy="{top}" rx="{width / 2}" ry="19" fill="{light(wax, 0.42)}"/>',
            f'<path d="M{x} {top} v-30" stroke="#4a3a32" stroke-width="6"/>',
            f'<path d="M{x} {top - 108} C{x + 40} {top - 56} {x + 22} {top - 22} {x} {top - 22} C{x - 22} {top - 22} {x - 36} {top - 56} {x} {top - 108} Z" fill="#f7a93b"/>',
            f'<path d="M{x} {top - 72} C{x + 18} {top - 44} {x + 11} {top - 26} {x} {top - 26} C{x - 11} {top - 26} {x - 16} {top - 44} {x} {top - 72} Z" fill="#fff0b8"/>',
        )


def chair(sheet: Sheet, main: str, second: str) -> None:
    """A wooden chair with a woven seat."""
    sheet.table()
    sheet.shadow(600, 430, 800)
    back, front = sheet.tube(dark(main, 0.18)), sheet.tube(main)
    sheet.add(
        f'<path d="M448 130 L462 760 H490 L478 130 Z M752 130 L738 760 H710 L722 130 Z" fill="{back}"/>',
        *(
            f'<path d="M466 {y} C540 {y - 26} 660 {y - 26} 734 {y} L732 {y + 52} C660 {y + 26} 540 {y + 26} 468 {y + 52} Z" fill="{sheet.fall(light(main, 0.18), dark(main, 0.12))}"/>'
            for y in (170, 270, 370)
        ),
        f'<rect x="462" y="640" width="276" height="16" fill="{dark(main, 0.25)}"/>',
        f'<path d="M432 500 H768 L824 566 H376 Z" fill="{sheet.fall(light(second, 0.1), dark(second, 0.12))}"/>',
        *(
            f'<path d="M{446 + step * 31} 502 L{396 + step * 41} 564" stroke="{dark(second, 0.3)}" stroke-width="4" opacity="0.4"/>'
            for step in range(11)
        ),
        f'<rect x="372" y="562" width="456" height="34" rx="10" fill="{front}"/>',
        f'<path d="M384 594 L398 812 H430 L424 594 Z M816 594 L802 812 H770 L776 594 Z" fill="{front}"/>',
        f'<rect x="404" y="694" width="392" height="18" rx="8" fill="{sheet.tube(main)}"/>',
    )


def stool(sheet: Sheet, main: str, second: str) -> None:
    """A three-legged stool."""
    sheet.table()
    sheet.shadow(600, 390, 800)
    sheet.add(
        f'<path d="M582 470 H618 L626 770 H574 Z" fill="{sheet.tube(dark(second, 0.28))}"/>',
        f'<path d="M470 470 H514 L436 812 H398 Z" fill="{sheet.tube(second)}"/>',
        f'<path d="M730 470 H686 L764 812 H802 Z" fill="{sheet.tube(second)}"/>',
        f'<path d="M452 650 H748" stroke="{dark(second, 0.1)}" stroke-width="18" stroke-linecap="round"/>',
        f'<path d="M350 420 V452 C350 500 850 500 850 452 V420 Z" fill="{sheet.tube(dark(main, 0.12))}"/>',
        f'<ellipse cx="600" cy="420" rx="250" ry="58" fill="{sheet.slant(light(main, 0.3), dark(main, 0.05))}"/>',
        *(
            f'<ellipse cx="{600 - step * 6}" cy="{420 - step}" rx="{226 - step * 44}" ry="{48 - step * 9}" fill="none" stroke="{dark(main, 0.25)}" stroke-width="3" opacity="0.32"/>'
            for step in range(5)
        ),
    )


def cushions(sheet: Sheet, main: str, second: str) -> None:
    """Two cushions leaning against each other."""
    sheet.table()
    for x, y, size, turn, cloth, stripe in ((486, 540, 400, -9, main, second), (764, 596, 310, 8, second, main)):
        sheet.shadow(x, size * 0.95, 770)
        half = size / 2
        sheet.add(
            f'<g transform="rotate({turn} {x} {y})">'
            f'<path d="M{x - half} {y - half} Q{x} {y - half + 34} {x + half} {y - half} Q{x + half - 30} {y} {x + half} {y + half}'
            f' Q{x} {y + half - 22} {x - half} {y + half} Q{x - half + 30} {y} {x - half} {y - half} Z" fill="{sheet.ball(cloth)}"/>'
            + "".join(
                f'<path d="M{x - half + 38} {y + offset} Q{x} {y + offset + 20} {x + half - 38} {y + offset}" stroke="{light(stripe, 0.15)}" stroke-width="{width}" fill="none" opacity="0.85"/>'
                for offset, width in ((-size * 0.24, 20), (-size * 0.08, 6), (size * 0.08, 20), (size * 0.24, 6))
            )
            + "</g>"
        )


def blanket(sheet: Sheet, main: str, second: str) -> None:
    """Folded blankets with fringes."""
    sheet.table()
    sheet.shadow(600, 600, 772)
    for step, cloth in enumerate((main, second, mix(main, second, 0.4))):
        y = 672 - step * 98
        left, right = 316 + step * 16, 884 - step * 10
        sheet.add(
            f'<path d="M{left + 20} {y} H{right} V{y + 96} H{left + 20} C{left - 26} {y + 96} {left - 26} {y} {left + 20} {y} Z" fill="{sheet.fall(light(cloth, 0.2), dark(cloth, 0.2))}"/>',
            *(
                f'<path d="M{left + 16} {y + 24 * line} H{right}" stroke="{dark(cloth, 0.35)}" stroke-width="3" opacity="0.35"/>'
                for line in (1, 2, 3)
            ),
            *(
                f'<path d="M{right} {y + 6 + line * 8} q14 3 {22 + line % 3 * 5} {line % 2 * 4}" stroke="{light(cloth, 0.1)}" stroke-width="4" fill="none"/>'
                for line in range(11)
            ),
            f'<path d="M{left + 150 + step * 90} {y} v96 m26 -96 v96" stroke="{light(second if step != 1 else main, 0.4)}" stroke-width="11" opacity="0.75"/>',
        )


def clock(sheet: Sheet, main: str, second: str) -> None:
    """A wall clock."""
    marks = "".join(
        f'<rect x="594" y="218" width="12" height="{44 if angle % 90 == 0 else 22}" rx="5" fill="{dark(main, 0.5)}" transform="rotate({angle} 600 450)"/>'
        for angle in range(0, 360, 30)
    )
    sheet.lifted(
        f'<circle cx="600" cy="450" r="290" fill="{sheet.slant(light(main, 0.22), dark(main, 0.24))}"/>',
        f'<circle cx="600" cy="450" r="252" fill="{sheet.slant("#fffdf6", "#ebe3d2")}"/>',
        marks,
        f'<path d="M600 450 L514 372" stroke="{dark(main, 0.5)}" stroke-width="18" stroke-linecap="round"/>',
        f'<path d="M600 450 L716 300" stroke="{dark(main, 0.5)}" stroke-width="12" stroke-linecap="round"/>',
        f'<path d="M600 500 L600 270" stroke="{second}" stroke-width="5" stroke-linecap="round" transform="rotate(140 600 450)"/>',
        f'<circle cx="600" cy="450" r="17" fill="{second}"/>',
        name="hanging",
    )


def shelf(sheet: Sheet, main: str, second: str) -> None:
    """A small wall shelf with two plants and a book."""
    sheet.lifted(
        f'<rect x="250" y="560" width="700" height="44" rx="8" fill="{sheet.fall(light(main, 0.2), dark(main, 0.15))}"/>',
        f'<path d="M350 604 h40 v120 q-40 -20 -40 -60 Z M810 604 h40 v60 q0 40 -40 60 Z" fill="{dark(main, 0.25)}"/>',
        name="hanging",
    )
    for x, height, cover in ((560, 230, second), (606, 256, light(main, 0.2)), (646, 214, dark(second, 0.25))):
        sheet.add(f'<rect x="{x}" y="{560 - height}" width="38" height="{height}" rx="4" fill="{sheet.tube(cover)}"/>')
    for x, pot in ((400, second), (810, light(second, 0.4))):
        leaves = "".join(
            f'<path d="M{x} 440 C{x - 30} 380 {x - 26} 300 {x} 250 C{x + 26} 300 {x + 30} 380 {x} 440 Z" fill="{mix("#4c8a5b", "#9cc27a", (angle + 60) / 140)}" transform="rotate({angle} {x} 450)"/>'
            for angle in (-58, 58, -30, 30, 0)
        )
        sheet.add(leaves, f'<path d="M{x - 64} 436 H{x + 64} L{x + 48} 560 H{x - 48} Z" fill="{sheet.tube(pot)}"/>')
