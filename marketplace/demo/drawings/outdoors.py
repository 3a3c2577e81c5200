"""Things for the road and the trail."""

from marketplace.demo.drawings.sheet import Sheet, dark, light, mix


def bicycle(sheet: Sheet, main: str, second: str) -> None:
    """A city bicycle."""
    sheet.table()
    sheet.shadow(600, 860, 800)
    for x in (330, 870):
        spokes = "".join(
            f'<path d="M{x} 626 L{x} 462" stroke="#8d9296" stroke-width="2.5" transform="rotate({angle} {x} 626)"/>'
            for angle in range(0, 360, 20)
        )
        sheet.add(
            spokes,
            f'<circle cx="{x}" cy="626" r="172" fill="none" stroke="#2b2b31" stroke-width="20"/>',
            f'<circle cx="{x}" cy="626" r="156" fill="none" stroke="#c9cdd0" stroke-width="8"/>',
            f'<circle cx="{x}" cy="626" r="16" fill="#55595e"/>',
            f'<path d="M{x - 196} 596 A198 198 0 0 1 {x + 120} 468" fill="none" stroke="{light(second, 0.1)}" stroke-width="15" stroke-linecap="round"/>',
        )
    frame = f'stroke="{main}" stroke-width="22" stroke-linecap="round" stroke-linejoin="round" fill="none"'
    sheet.add(
        f'<path d="M330 626 L470 400 M330 626 H556 L470 400 M556 626 L770 380 M470 410 C560 470 660 430 770 370" {frame}/>',
        f'<path d="M780 300 L870 626" stroke="{dark(main, 0.1)}" stroke-width="20" stroke-linecap="round"/>',
        '<path d="M470 400 L456 344" stroke="#9aa0a4" stroke-width="14"/>',
        f'<path d="M376 322 H520 C540 322 540 350 512 352 L420 360 C384 360 372 346 376 322 Z" fill="{sheet.fall(light("#7a4a2c", 0.2), "#4d2c19")}"/>',
        '<path d="M774 304 C770 262 800 254 840 262 C890 270 880 312 846 310" stroke="#9aa0a4" stroke-width="14" fill="none" stroke-linecap="round"/>',
        '<path d="M862 309 L806 306" stroke="#5c3823" stroke-width="24" stroke-linecap="round"/>',
        '<circle cx="556" cy="626" r="46" fill="none" stroke="#6a6f74" stroke-width="12"/>',
        '<path d="M556 626 L600 700 M582 704 h44" stroke="#44484c" stroke-width="12" stroke-linecap="round"/>',
        f'<path d="M796 392 h150 l-20 104 h-118 Z" fill="{sheet.slant("#d9ad74", "#a8793f")}"/>',
        *(
            f'<path d="M{800 + step * 24} 394 l6 100 M{798 + step * 3} {416 + step * 16} H{942 - step * 3}" stroke="#8a5f2e" stroke-width="4" opacity="0.55"/>'
            for step in range(6)
        ),
    )


def helmet(sheet: Sheet, main: str, second: str) -> None:
    """A bicycle helmet."""
    sheet.table()
    sheet.shadow(600, 560, 720)
    sheet.add(
        '<path d="M400 620 C430 740 470 770 500 744 M770 620 C740 750 700 780 664 744" stroke="#33353b" stroke-width="15" fill="none"/>',
        f'<path d="M300 640 C280 420 440 280 620 284 C810 290 920 430 908 620 C880 668 780 640 700 646 C560 656 420 690 300 640 Z" fill="{sheet.ball(main)}"/>',
        *(
            f'<path d="M{420 + step * 96} {372 - abs(2 - step) * -16} C{380 + step * 104} {440 - step * 4} {372 + step * 106} 520 {384 + step * 102} 580 C{430 + step * 98} 580 {440 + step * 96} 460 {420 + step * 96} {372 - abs(2 - step) * -16} Z" fill="{dark(main, 0.62)}"/>'
            for step in range(5)
        ),
        f'<path d="M296 612 C420 676 560 640 700 630 C790 626 870 640 910 602 L908 634 C870 676 780 648 700 654 C560 664 420 700 298 652 Z" fill="{second}"/>',
        '<path d="M390 400 C430 350 500 320 560 314" stroke="#ffffff" stroke-width="16" stroke-linecap="round" fill="none" opacity="0.35"/>',
    )


def backpack(sheet: Sheet, main: str, second: str) -> None:
    """A roll-top backpack."""
    sheet.table()
    sheet.shadow(600, 430, 786)
    sheet.add(
        f'<path d="M520 210 C520 120 680 120 680 210" fill="none" stroke="{dark(second, 0.2)}" stroke-width="22"/>',
        f'<path d="M400 400 C340 480 340 660 392 740 M800 400 C860 480 860 660 808 740" stroke="{dark(second, 0.2)}" stroke-width="34" fill="none"/>',
        f'<rect x="396" y="270" width="408" height="516" rx="80" fill="{sheet.slant(light(main, 0.15), dark(main, 0.24))}"/>',
        f'<rect x="410" y="196" width="380" height="130" rx="40" fill="{sheet.fall(light(main, 0.26), dark(main, 0.1))}"/>',
        f'<path d="M412 252 H788" stroke="{dark(main, 0.3)}" stroke-width="5" opacity="0.6"/>',
        f'<rect x="446" y="508" width="308" height="230" rx="40" fill="{sheet.slant(light(main, 0.22), dark(main, 0.12))}" stroke="{dark(main, 0.3)}" stroke-width="4"/>',
        f'<path d="M450 556 H750" stroke="{dark(main, 0.45)}" stroke-width="8"/>',
        f'<rect x="586" y="548" width="28" height="56" rx="9" fill="{second}"/>',
        f'<path d="M500 200 V470 M700 200 V470" stroke="{second}" stroke-width="24"/>',
        '<rect x="482" y="404" width="36" height="48" rx="7" fill="none" stroke="#e0d3b4" stroke-width="8"/><rect x="682" y="404" width="36" height="48" rx="7" fill="none" stroke="#e0d3b4" stroke-width="8"/>',
        f'<rect x="556" y="378" width="88" height="54" rx="8" fill="{light(second, 0.25)}"/>',
    )


def tent(sheet: Sheet, main: str, second: str) -> None:
    """A tent under the evening sky."""
    stars = "".join(
        f'<circle cx="{(137 * step) % 1180 + 10}" cy="{(89 * step) % 420 + 20}" r="{2 + step % 3}" fill="#fffbe8" opacity="0.8"/>'
        for step in range(1, 34)
    )
    night = sheet.fall("#28375a", "#c78f83")
    sheet.add(
        f'<rect width="1200" height="700" fill="{night}"/>',
        stars,
        '<circle cx="940" cy="170" r="62" fill="#fdf3d3"/><circle cx="966" cy="156" r="56" fill="#3b4767" opacity="0.9"/>',
        '<path d="M0 560 L190 330 L340 500 L520 280 L720 520 L900 360 L1200 590 V700 H0 Z" fill="#39445f"/>',
        f'<path d="M0 640 C300 590 800 600 1200 650 V900 H0 Z" fill="{sheet.fall("#5a6b4c", "#2f3d31")}"/>',
        '<ellipse cx="600" cy="800" rx="430" ry="36" fill="#10160f" opacity="0.5" filter="url(#soft)"/>',
        f'<path d="M600 300 L930 800 H270 Z" fill="{sheet.slant(light(main, 0.15), dark(main, 0.3))}"/>',
        f'<path d="M600 300 L270 800 L470 800 Z" fill="{light(main, 0.25)}"/>',
        '<path d="M600 340 L700 800 H486 Z" fill="#ffdc8a"/>',
        f'<path d="M600 340 L700 800 L664 800 Z M600 340 L486 800 L530 800 Z" fill="{second}"/>',
        '<ellipse cx="594" cy="760" rx="160" ry="80" fill="#ffe3a0" opacity="0.45" filter="url(#glow)"/>',
        '<path d="M600 300 L150 826 M600 300 L1050 826" stroke="#e8dfc8" stroke-width="3" opacity="0.7"/>',
    )


def lantern(sheet: Sheet, main: str, second: str) -> None:
    """A camping lantern, lit."""
    sheet.table()
    sheet.add('<ellipse cx="600" cy="540" rx="330" ry="300" fill="#ffe7a6" opacity="0.8" filter="url(#glow)"/>')
    sheet.shadow(600, 300, 776)
    sheet.add(
        '<path d="M484 330 C460 130 740 130 716 330" fill="none" stroke="#8b8f93" stroke-width="12"/>',
        f'<path d="M470 700 H730 L752 768 H448 Z" fill="{sheet.tube(main)}"/>',
        '<path d="M490 420 C440 520 450 640 490 704 H710 C750 640 760 520 710 420 Z" fill="#fff4cf" opacity="0.85"/>',
        '<path d="M600 500 C650 570 640 640 600 690 C560 640 552 570 600 500 Z" fill="#f9b23c"/>',
        '<path d="M600 570 C626 610 620 650 600 684 C580 650 576 610 600 570 Z" fill="#fff3c4"/>',
        *(
            f'<path d="M{x} 420 C{x + (x - 600) * 0.5} 520 {x + (x - 600) * 0.4} 640 {x} 704" stroke="{second}" stroke-width="8" fill="none"/>'
            for x in (492, 708)
        ),
        f'<path d="M470 420 L520 330 H680 L730 420 Z" fill="{sheet.tube(main)}"/>',
        f'<rect x="552" y="282" width="96" height="54" rx="12" fill="{sheet.tube(dark(main, 0.2))}"/>',
    )


def bottle(sheet: Sheet, main: str, second: str) -> None:
    """An insulated bottle and its cup."""
    sheet.table()
    sheet.shadow(540, 230, 776)
    sheet.add(
        f'<path d="M440 360 C440 310 480 300 484 260 H596 C600 300 640 310 640 360 V744 Q640 776 608 776 H472 Q440 776 440 744 Z" fill="{sheet.tube(main)}"/>',
        f'<rect x="470" y="150" width="140" height="116" rx="22" fill="{sheet.tube(second)}"/>',
        f'<path d="M470 190 h140 M470 214 h140" stroke="{dark(second, 0.3)}" stroke-width="5" opacity="0.5"/>',
        f'<rect x="440" y="690" width="200" height="20" fill="{second}"/>',
        f'<path d="M500 470 l40 -70 l40 70 l-22 0 l36 64 h-108 l36 -64 Z" fill="{light(main, 0.62)}"/>',
        '<path d="M470 360 V680" stroke="#ffffff" stroke-width="15" stroke-linecap="round" opacity="0.32"/>',
    )
    sheet.shadow(790, 190, 776)
    sheet.add(
        f'<path d="M700 590 L716 748 Q718 776 746 776 H834 Q862 776 864 748 L880 590 Z" fill="{sheet.tube(second)}"/>',
        f'<ellipse cx="790" cy="590" rx="90" ry="21" fill="{light(second, 0.3)}"/><ellipse cx="790" cy="593" rx="78" ry="15" fill="{mix("#7b4a2a", second, 0.1)}"/>',
    )


def pannier(sheet: Sheet, main: str, second: str) -> None:
    """A waterproof pannier."""
    sheet.table()
    sheet.shadow(600, 400, 786)
    sheet.add(
        f'<path d="M420 330 H780 L800 730 Q800 786 744 786 H456 Q400 786 400 730 Z" fill="{sheet.slant(light(main, 0.2), dark(main, 0.24))}"/>',
        f'<path d="M404 250 C404 210 796 210 796 250 V330 C796 372 404 372 404 330 Z" fill="{sheet.fall(light(main, 0.3), dark(main, 0.06))}"/>',
        f'<path d="M404 290 C500 316 700 316 796 290" stroke="{dark(main, 0.35)}" stroke-width="5" fill="none" opacity="0.6"/>',
        f'<path d="M452 232 V620 M748 232 V620" stroke="{second}" stroke-width="20"/>',
        '<rect x="436" y="440" width="32" height="60" rx="8" fill="#2f3238"/><rect x="732" y="440" width="32" height="60" rx="8" fill="#2f3238"/>',
        f'<circle cx="600" cy="560" r="74" fill="none" stroke="{light(main, 0.7)}" stroke-width="15"/>',
        f'<path d="M560 560 L590 590 L646 528" stroke="{light(main, 0.7)}" stroke-width="15" fill="none" stroke-linecap="round" stroke-linejoin="round"/>',
        '<path d="M412 690 H788" stroke="#e9ecef" stroke-width="13" opacity="0.85"/>',
    )
