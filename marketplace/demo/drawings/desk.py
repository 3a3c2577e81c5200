"""Books, and what is written and drawn with."""

from marketplace.demo.drawings.sheet import INK, Sheet, dark, light, mix


def books(sheet: Sheet, main: str, second: str) -> None:
    """A pile of cloth-bound books, one standing behind."""
    sheet.table()
    sheet.shadow(600, 560, 776)
    sheet.add(
        f'<g transform="rotate(-4 700 400)"><rect x="556" y="170" width="300" height="420" rx="8" fill="{sheet.slant(light(main, 0.12), dark(main, 0.2))}"/>'
        f'<rect x="556" y="170" width="34" height="420" fill="{dark(main, 0.28)}"/>'
        f'<rect x="636" y="230" width="172" height="240" rx="4" fill="none" stroke="{light(second, 0.3)}" stroke-width="6"/>'
        f'<circle cx="722" cy="340" r="50" fill="{light(second, 0.2)}"/><path d="M672 410 h100 M690 434 h64" stroke="{light(second, 0.3)}" stroke-width="8"/></g>',
    )
    covers = (dark(main, 0.1), second, mix(main, second, 0.5), light(main, 0.3))
    for step, (cover, left, width, height) in enumerate(
        zip(covers, (330, 366, 344, 390), (520, 470, 500, 420), (66, 54, 60, 44), strict=True)
    ):
        top = 776 - sum((66, 54, 60, 44)[: step + 1])
        sheet.add(
            f'<path d="M{left} {top} H{left + width} V{top + height} H{left} C{left - 22} {top + height} {left - 22} {top} {left} {top} Z" fill="{sheet.fall(light(cover, 0.15), dark(cover, 0.2))}"/>',
            f'<rect x="{left + width - 26}" y="{top + 8}" width="26" height="{height - 16}" fill="#f4ecd9"/>',
            *(
                f'<path d="M{left + width - 26} {top + 8 + line * 7} h26" stroke="#cfc4aa" stroke-width="2"/>'
                for line in range(1, (height - 16) // 7)
            ),
            f'<path d="M{left + 60} {top + height / 2} h{width * 0.42}" stroke="{light(cover, 0.6)}" stroke-width="8" stroke-linecap="round"/>',
            f'<path d="M{left + 16} {top} v{height} m14 -{height} v{height}" stroke="{light(cover, 0.5)}" stroke-width="4" opacity="0.7"/>',
        )


def novel(sheet: Sheet, main: str, second: str) -> None:
    """One book with a landscape on its cover, lying flat."""
    sheet.lifted(
        '<rect x="410" y="128" width="404" height="640" rx="6" fill="#f4ecd9"/>',
        f'<rect x="396" y="120" width="404" height="640" rx="8" fill="{sheet.fall(light(second, 0.3), second)}"/>',
        f'<circle cx="640" cy="330" r="84" fill="{light(second, 0.75)}"/>',
        f'<path d="M396 480 C480 400 560 450 640 420 C700 396 760 430 800 410 V760 H396 Z" fill="{light(main, 0.35)}"/>',
        f'<path d="M396 560 C500 480 600 560 800 500 V760 H396 Z" fill="{main}"/>',
        f'<path d="M396 650 C520 590 660 650 800 610 V752 Q800 760 792 760 H404 Q396 760 396 752 Z" fill="{dark(main, 0.35)}"/>',
        f'<path d="M460 190 h280 M500 226 h200" stroke="{dark(main, 0.5)}" stroke-width="15" stroke-linecap="round"/>',
        '<path d="M520 712 h160" stroke="#ffffff" stroke-width="9" stroke-linecap="round" opacity="0.8"/>',
        '<rect x="396" y="120" width="26" height="640" fill="#000000" opacity="0.13"/>',
        '<rect x="424" y="120" width="4" height="640" fill="#ffffff" opacity="0.25"/>',
    )


def notebook(sheet: Sheet, main: str, second: str) -> None:
    """A notebook with an elastic, and a pencil."""
    sheet.lifted(
        f'<rect x="340" y="150" width="430" height="600" rx="24" fill="{sheet.slant(light(main, 0.12), dark(main, 0.14))}"/>',
        f'<rect x="340" y="150" width="52" height="600" rx="22" fill="{dark(main, 0.2)}"/>',
        f'<rect x="690" y="148" width="18" height="604" fill="{second}"/>',
        '<rect x="460" y="290" width="180" height="110" rx="6" fill="#f7f1e2"/>',
        f'<path d="M486 330 h128 M486 360 h84" stroke="{INK}" stroke-width="6" opacity="0.45" stroke-linecap="round"/>',
    )
    sheet.lifted(
        f'<g transform="rotate(14 880 450)"><rect x="864" y="210" width="36" height="420" fill="{sheet.tube(second)}"/>'
        f'<path d="M864 630 L882 700 L900 630 Z" fill="#ecd2a4"/><path d="M876 676 L882 700 L888 676 Z" fill="#2d2a30"/>'
        f'<rect x="864" y="178" width="36" height="34" fill="#c9ccd0"/><rect x="864" y="150" width="36" height="32" rx="10" fill="#d98a86"/></g>',
    )


def pen(sheet: Sheet, main: str, second: str) -> None:
    """A fountain pen on a sheet with a line of ink."""
    sheet.lifted(
        '<rect x="250" y="170" width="640" height="580" rx="4" fill="#fbf7ec" transform="rotate(-5 570 460)"/>',
    )
    sheet.add(
        *(
            f'<path d="M300 {300 + step * 74} L860 {252 + step * 74}" stroke="#cfd9e0" stroke-width="3"/>'
            for step in range(6)
        ),
        f'<path d="M330 366 c30 -60 50 -40 40 0 c-8 34 20 30 40 -10 c20 -36 40 -30 34 6 c-6 30 24 22 44 -8 c20 -34 44 -28 40 2 c-4 28 30 18 56 -10 c30 -30 60 -10 96 -22" stroke="{dark(main, 0.25)}" stroke-width="6" fill="none" stroke-linecap="round"/>',
    )
    sheet.lifted(
        f'<g transform="rotate(-38 640 520)"><path d="M300 520 L386 492 H420 V548 H386 Z" fill="{sheet.fall("#f0cf7a", "#a87d2c")}"/>'
        f'<path d="M300 520 H380" stroke="#6d4e17" stroke-width="3"/><circle cx="384" cy="520" r="6" fill="#6d4e17"/>'
        f'<rect x="418" y="484" width="210" height="72" rx="12" fill="{sheet.fall(light(main, 0.3), dark(main, 0.35))}"/>'
        f'<rect x="620" y="476" width="26" height="88" rx="5" fill="{sheet.fall("#f0cf7a", "#a87d2c")}"/>'
        f'<path d="M644 478 H930 Q972 478 972 520 Q972 562 930 562 H644 Z" fill="{sheet.fall(light(main, 0.34), dark(main, 0.4))}"/>'
        f'<path d="M660 474 H860 Q874 474 874 486 H660 Z" fill="#d9b45a"/></g>',
    )
    sheet.add(f'<circle cx="860" cy="690" r="5" fill="{second}"/>')


def tapes(sheet: Sheet, main: str, second: str) -> None:
    """Rolls of patterned paper tape."""
    rolls = (
        (430, 320, main),
        (730, 300, second),
        (580, 560, mix(main, second, 0.5)),
        (860, 580, light(main, 0.4)),
        (320, 610, light(second, 0.4)),
    )
    for index, (x, y, colour) in enumerate(rolls):
        pattern = "".join(
            f'<circle cx="{x}" cy="{y - 104}" r="{9 if index % 2 else 6}" fill="{light(colour, 0.7)}" transform="rotate({angle} {x} {y})"/>'
            if index % 2
            else f'<path d="M{x - 12} {y - 126} l24 44" stroke="{light(colour, 0.7)}" stroke-width="9" transform="rotate({angle} {x} {y})"/>'
            for angle in range(0, 360, 20)
        )
        sheet.lifted(
            f'<circle cx="{x}" cy="{y}" r="132" fill="{sheet.slant(light(colour, 0.12), dark(colour, 0.16))}"/>',
            pattern,
            f'<circle cx="{x}" cy="{y}" r="76" fill="#d8b98a"/><circle cx="{x}" cy="{y}" r="64" fill="{dark(sheet.backdrop, 0.14)}"/>',
        )


def print_(sheet: Sheet, main: str, second: str) -> None:
    """A framed print of hills and a sun."""
    sheet.lifted(
        f'<rect x="360" y="90" width="480" height="640" fill="{sheet.slant("#b98a55", "#7b5630")}"/>',
        '<rect x="384" y="114" width="432" height="592" fill="#fbf8f0"/>',
        f'<rect x="436" y="176" width="328" height="440" fill="{sheet.fall(light(second, 0.55), light(second, 0.1))}"/>',
        f'<circle cx="650" cy="300" r="62" fill="{mix(second, "#e4572e", 0.45)}"/>',
        f'<path d="M436 430 L520 350 L600 440 L680 340 L764 430 V616 H436 Z" fill="{light(main, 0.3)}"/>',
        f'<path d="M436 510 C520 440 620 540 764 460 V616 H436 Z" fill="{main}"/>',
        f'<path d="M436 570 C540 520 660 590 764 540 V616 H436 Z" fill="{dark(main, 0.4)}"/>',
        f'<path d="M560 660 h80" stroke="{INK}" stroke-width="5" opacity="0.4"/>',
        '<path d="M384 114 H816 L384 560 Z" fill="#ffffff" opacity="0.13"/>',
        name="hanging",
    )


def cards(sheet: Sheet, main: str, second: str) -> None:
    """Letter paper, an envelope and a stamp."""
    sheet.lifted(
        '<rect x="300" y="180" width="400" height="520" rx="4" fill="#fdf9ef" transform="rotate(-8 500 440)"/>'
    )
    sheet.add(
        *(
            f'<path d="M360 {330 + step * 48} l270 -38" stroke="{main}" stroke-width="5" opacity="0.4" stroke-linecap="round"/>'
            for step in range(6)
        ),
    )
    sheet.lifted(
        f'<g transform="rotate(7 700 540)"><rect x="500" y="400" width="440" height="290" rx="6" fill="{sheet.slant(light(second, 0.35), second)}"/>'
        f'<path d="M500 404 L720 570 L940 404" fill="{light(second, 0.2)}" stroke="{dark(second, 0.2)}" stroke-width="4"/>'
        f'<circle cx="720" cy="560" r="40" fill="{sheet.ball(main)}"/><path d="M704 560 l12 14 l24 -30" stroke="{light(main, 0.5)}" stroke-width="7" fill="none"/></g>',
    )
