"""Things to wear and to carry."""

from marketplace.demo.drawings.sheet import Sheet, dark, light, mix


def _hanger(sheet: Sheet, y: int = 170) -> None:
    """A wooden hanger on a hook."""
    sheet.add(
        f'<circle cx="600" cy="{y - 96}" r="13" fill="#6d5b4a"/>',
        f'<path d="M600 {y - 10} V{y - 44} C600 {y - 66} 632 {y - 62} 630 {y - 84} C628 {y - 108} 594 {y - 108} 590 {y - 84}" fill="none" stroke="#8d8f93" stroke-width="8"/>',
        f'<path d="M600 {y - 18} L820 {y + 86} Q834 {y + 108} 806 {y + 106} L600 {y + 40} L394 {y + 106} Q366 {y + 108} 380 {y + 86} Z" fill="{sheet.tube("#c39a6a")}"/>',
    )


def shirt(sheet: Sheet, main: str, second: str) -> None:
    """A shirt on a hanger."""
    _hanger(sheet)
    sheet.lifted(
        f'<path d="M520 190 L396 236 L286 470 L370 516 L424 420 L414 800 Q600 826 786 800 L776 420 L830 516 L914 470 L804 236 L680 190 Q600 250 520 190 Z" fill="{sheet.cloth(main)}"/>',
        f'<path d="M520 190 L600 282 L680 190 L700 214 L640 318 L600 284 L560 318 L500 214 Z" fill="{sheet.cloth(light(main, 0.25))}"/>',
        f'<path d="M600 284 V810" stroke="{dark(main, 0.25)}" stroke-width="4"/>',
        *(f'<circle cx="611" cy="{y}" r="8" fill="{second}"/>' for y in range(350, 800, 92)),
        f'<path d="M660 420 h86 v80 q-43 26 -86 0 Z" fill="{dark(main, 0.07)}" stroke="{dark(main, 0.25)}" stroke-width="3"/>',
        f'<path d="M424 420 C440 500 430 600 438 690 M776 420 C760 520 770 600 758 700" stroke="{dark(main, 0.3)}" stroke-width="6" fill="none" opacity="0.4"/>',
        name="hanging",
    )


def dress(sheet: Sheet, main: str, second: str) -> None:
    """A summer dress on a hanger."""
    _hanger(sheet, 150)
    dots = "".join(
        f'<circle cx="{430 + (row % 2) * 34 + column * 68}" cy="{500 + row * 54}" r="9" fill="{second}" opacity="0.9"/>'
        for row in range(6)
        for column in range(6)
        if abs(430 + (row % 2) * 34 + column * 68 - 600) < 84 + row * 20
    )
    sheet.lifted(
        f'<path d="M506 170 L540 178 C560 260 640 260 660 178 L694 170 L712 318 C716 380 684 400 690 440 L840 828 Q600 872 360 828 L510 440 C516 400 484 380 488 318 Z" fill="{sheet.cloth(main)}"/>',
        f'<path d="M508 428 Q600 452 692 428 L696 466 Q600 490 504 466 Z" fill="{second}"/>',
        dots,
        f'<path d="M540 490 L470 836 M600 494 V852 M660 490 L730 836" stroke="{dark(main, 0.35)}" stroke-width="6" fill="none" opacity="0.3"/>',
        name="hanging",
    )


def jumper(sheet: Sheet, main: str, second: str) -> None:
    """A knitted jumper, laid out flat."""
    yoke = "".join(
        f'<path d="M{x} {y} l17 22 l17 -22" stroke="{second}" stroke-width="8" fill="none"/>'
        for y in (292, 334, 376)
        for x in range(446, 740, 34)
    )
    sheet.lifted(
        f'<path d="M504 190 C440 200 392 214 370 250 L220 640 L322 690 L420 470 V760 H780 V470 L878 690 L980 640 L830 250 C808 214 760 200 696 190 C660 240 540 240 504 190 Z" fill="{sheet.cloth(main)}"/>',
        yoke,
        f'<path d="M504 190 C540 240 660 240 696 190 L712 214 C668 278 532 278 488 214 Z" fill="{dark(main, 0.16)}"/>',
        f'<path d="M420 716 H780 V768 H420 Z" fill="{dark(main, 0.13)}"/>',
        *(
            f'<path d="M{x} 718 V766" stroke="{dark(main, 0.34)}" stroke-width="4" opacity="0.55"/>'
            for x in range(436, 780, 18)
        ),
        f'<path d="M232 606 L340 656 L322 694 L216 644 Z M968 606 L860 656 L878 694 L984 644 Z" fill="{dark(main, 0.14)}"/>',
        *(
            f'<path d="M{x} 440 V706" stroke="{dark(main, 0.3)}" stroke-width="3" opacity="0.2"/>'
            for x in range(446, 770, 22)
        ),
    )


def jacket(sheet: Sheet, main: str, second: str) -> None:
    """A rain jacket with a hood, on a hook."""
    sheet.add('<circle cx="600" cy="66" r="15" fill="#6d5b4a"/>')
    sheet.lifted(
        f'<path d="M600 70 C500 80 470 160 484 236 L380 280 L286 590 L384 626 L420 520 L410 810 Q600 838 790 810 L780 520 L816 626 L914 590 L820 280 L716 236 C730 160 700 80 600 70 Z" fill="{sheet.cloth(main)}"/>',
        f'<path d="M600 110 C540 120 516 180 530 246 L600 290 L670 246 C684 180 660 120 600 110 Z" fill="{dark(main, 0.45)}"/>',
        f'<path d="M600 290 V824" stroke="{second}" stroke-width="13"/>',
        f'<path d="M600 290 V824" stroke="{dark(second, 0.4)}" stroke-width="3" stroke-dasharray="6 8"/>',
        f'<path d="M440 600 h106 v120 h-106 Z M654 600 h106 v120 h-106 Z" fill="{dark(main, 0.1)}" stroke="{dark(main, 0.32)}" stroke-width="4"/>',
        f'<path d="M436 594 h114 v34 h-114 Z M650 594 h114 v34 h-114 Z" fill="{dark(main, 0.2)}"/>',
        f'<path d="M420 420 H566 M634 420 H780" stroke="{light(main, 0.4)}" stroke-width="10" opacity="0.6"/>',
        name="hanging",
    )


def beanie(sheet: Sheet, main: str, second: str) -> None:
    """A knitted hat with a bobble."""
    sheet.table()
    sheet.shadow(600, 470, 752)
    sheet.add(
        *(
            f'<circle cx="{600 + dx}" cy="{270 + dy}" r="44" fill="{mix(second, "#ffffff", 0.06 * (index % 4))}"/>'
            for index, (dx, dy) in enumerate(
                ((-46, 10), (46, 10), (-24, -38), (26, -40), (0, 34), (0, -6), (-56, -18), (56, -16))
            )
        ),
        f'<path d="M370 620 C360 400 470 290 600 290 C730 290 840 400 830 620 Z" fill="{sheet.ball(main)}"/>',
        *(
            f'<path d="M{x} 616 C{600 + (x - 600) * 0.95} 470 {600 + (x - 600) * 0.6} 360 {600 + (x - 600) * 0.16} 300" stroke="{dark(main, 0.34)}" stroke-width="5" fill="none" opacity="0.36"/>'
            for x in range(392, 830, 34)
        ),
        f'<rect x="352" y="596" width="496" height="156" rx="58" fill="{sheet.tube(light(main, 0.08))}"/>',
        *(
            f'<path d="M{x} 606 V742" stroke="{dark(main, 0.34)}" stroke-width="7" opacity="0.34"/>'
            for x in range(388, 830, 27)
        ),
    )


def scarf(sheet: Sheet, main: str, second: str) -> None:
    """A rolled scarf with its ends showing."""
    sheet.table()
    sheet.shadow(600, 520, 770)
    for y, turn in ((690, 0), (590, 1), (498, 0)):
        cloth = main if turn == 0 else mix(main, second, 0.12)
        sheet.add(
            f'<rect x="352" y="{y - 50}" width="496" height="112" rx="56" fill="{sheet.fall(light(cloth, 0.22), dark(cloth, 0.22))}"/>',
            *(
                f'<path d="M{x} {y - 48} q-10 54 0 108" stroke="{second}" stroke-width="{16 if x % 3 else 8}" fill="none" opacity="0.85"/>'
                for x in (440, 500, 560, 640, 700, 760)
            ),
        )
    sheet.add(
        *(
            f'<path d="M{846 + line % 2 * 6} {650 + line * 9} q30 4 {44 + line % 3 * 8} 2" stroke="{light(main, 0.1)}" stroke-width="5" fill="none"/>'
            for line in range(11)
        )
    )


def tote(sheet: Sheet, main: str, second: str) -> None:
    """A canvas bag with a leaf printed on it."""
    sheet.add('<circle cx="600" cy="90" r="15" fill="#6d5b4a"/>')
    sheet.lifted(
        f'<path d="M486 380 C486 180 560 96 600 96 C640 96 714 180 714 380" fill="none" stroke="{dark(main, 0.2)}" stroke-width="26"/>',
        f'<path d="M372 360 H828 L860 800 Q600 826 340 800 Z" fill="{sheet.cloth(main)}"/>',
        f'<path d="M372 360 H828 L831 400 H369 Z" fill="{dark(main, 0.1)}"/>',
        f'<path d="M600 730 C520 680 490 590 600 460 C710 590 680 680 600 730 Z" fill="{second}"/>',
        f'<path d="M600 742 V500 M600 600 L556 560 M600 600 L644 560 M600 660 L548 614 M600 660 L652 614" stroke="{light(main, 0.2)}" stroke-width="7" stroke-linecap="round"/>',
        name="hanging",
    )


def boots(sheet: Sheet, main: str, second: str) -> None:
    """A pair of laced boots."""
    sheet.table()
    for x, shade in ((400, 0.18), (640, 0.0)):
        leather = dark(main, shade)
        sheet.shadow(x + 80, 300, 776)
        sheet.add(
            f'<path d="M{x - 90} 360 H{x + 80} L{x + 88} 560 C{x + 150} 590 {x + 250} 610 {x + 268} 690 V732 H{x - 96} Z" fill="{sheet.slant(light(leather, 0.18), dark(leather, 0.2))}"/>',
            f'<path d="M{x - 100} 728 H{x + 274} V752 Q{x + 274} 774 {x + 248} 774 H{x - 80} Q{x - 100} 774 {x - 100} 752 Z" fill="{dark(main, 0.68)}"/>',
            f'<path d="M{x - 90} 360 H{x + 80} V392 H{x - 90} Z" fill="{second}"/>',
            f'<path d="M{x - 92} 640 C{x - 40} 650 {x - 30} 700 {x - 30} 730" stroke="{dark(leather, 0.35)}" stroke-width="4" fill="none"/>',
            *(
                f'<path d="M{x + 20 + step * 3} {420 + step * 40} L{x + 84 + step * 6} {410 + step * 40}" stroke="{light(second, 0.3)}" stroke-width="10" stroke-linecap="round"/>'
                for step in range(5)
            ),
        )


def satchel(sheet: Sheet, main: str, second: str) -> None:
    """A leather satchel."""
    sheet.table()
    sheet.shadow(600, 520, 774)
    sheet.add(
        f'<path d="M396 440 C420 220 780 220 804 440" fill="none" stroke="{dark(main, 0.32)}" stroke-width="24"/>',
        f'<rect x="338" y="410" width="524" height="364" rx="44" fill="{sheet.slant(light(main, 0.08), dark(main, 0.28))}"/>',
        f'<path d="M338 454 Q338 400 392 400 H808 Q862 400 862 454 V580 Q862 640 800 648 H400 Q338 640 338 580 Z" fill="{sheet.slant(light(main, 0.26), dark(main, 0.1))}"/>',
        f'<path d="M352 576 Q354 626 404 634 H796 Q846 626 848 576" fill="none" stroke="{light(main, 0.45)}" stroke-width="4" stroke-dasharray="13 9" opacity="0.8"/>',
        *(
            f'<rect x="{x}" y="560" width="44" height="140" rx="10" fill="{dark(main, 0.35)}"/><rect x="{x - 6}" y="632" width="56" height="40" rx="6" fill="none" stroke="{second}" stroke-width="9"/>'
            for x in (440, 716)
        ),
    )
