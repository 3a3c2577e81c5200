"""Things to listen with, to look through and to tell the time by."""

from marketplace.demo.drawings.sheet import INK, Sheet, dark, light


def headphones(sheet: Sheet, main: str, second: str) -> None:
    """Headphones with padded cups."""
    sheet.lifted(
        f'<path d="M372 560 C340 120 860 120 828 560" fill="none" stroke="{dark(main, 0.3)}" stroke-width="42"/>',
        f'<path d="M396 420 C420 180 780 180 804 420" fill="none" stroke="{second}" stroke-width="34" stroke-linecap="round"/>',
        '<path d="M384 480 L390 560 M816 480 L810 560" stroke="#b9bec3" stroke-width="16"/>',
        f'<rect x="388" y="500" width="96" height="236" rx="46" fill="{sheet.tube(dark(second, 0.45))}"/>',
        f'<rect x="716" y="500" width="96" height="236" rx="46" fill="{sheet.tube(dark(second, 0.45))}"/>',
        f'<rect x="312" y="510" width="112" height="216" rx="54" fill="{sheet.slant(light(main, 0.22), dark(main, 0.28))}"/>',
        f'<rect x="776" y="510" width="112" height="216" rx="54" fill="{sheet.slant(light(main, 0.22), dark(main, 0.28))}"/>',
        f'<circle cx="356" cy="618" r="26" fill="{light(main, 0.4)}"/><circle cx="844" cy="618" r="26" fill="{light(main, 0.4)}"/>',
        '<path d="M352 548 C338 590 338 640 350 688" stroke="#ffffff" stroke-width="9" stroke-linecap="round" fill="none" opacity="0.3"/>',
    )


def turntable(sheet: Sheet, main: str, second: str) -> None:
    """A record player seen from above."""
    grooves = "".join(
        f'<circle cx="510" cy="450" r="{radius}" fill="none" stroke="#3a3a42" stroke-width="3"/>'
        for radius in range(106, 232, 14)
    )
    sheet.lifted(
        f'<rect x="220" y="160" width="760" height="580" rx="26" fill="{sheet.slant(light(main, 0.24), dark(main, 0.12))}"/>',
        f'<rect x="236" y="176" width="728" height="548" rx="18" fill="none" stroke="{dark(main, 0.3)}" stroke-width="3" opacity="0.5"/>',
        '<circle cx="510" cy="450" r="250" fill="#c5c9cd"/><circle cx="510" cy="450" r="240" fill="#1d1d22"/>',
        grooves,
        '<path d="M510 450 L640 242 A246 246 0 0 1 728 340 Z M510 450 L380 658 A246 246 0 0 1 292 560 Z" fill="#ffffff" opacity="0.09"/>',
        f'<circle cx="510" cy="450" r="86" fill="{second}"/><circle cx="510" cy="450" r="58" fill="none" stroke="{light(second, 0.4)}" stroke-width="4"/><circle cx="510" cy="450" r="9" fill="#e9e6df"/>',
        '<circle cx="856" cy="280" r="58" fill="#b4b9be"/><circle cx="856" cy="280" r="34" fill="#80868b"/>',
    )
    sheet.lifted(
        '<path d="M856 280 L850 520 L690 622" fill="none" stroke="#e4e7e9" stroke-width="16" stroke-linejoin="round" stroke-linecap="round"/>',
        '<rect x="650" y="602" width="66" height="38" rx="7" fill="#2e3036" transform="rotate(-32 683 621)"/>',
    )
    sheet.add(
        '<circle cx="856" cy="640" r="30" fill="#2e3036"/><path d="M856 640 L856 616" stroke="#e4e7e9" stroke-width="6"/>'
    )


def record(sheet: Sheet, main: str, second: str) -> None:
    """A record half out of its sleeve."""
    grooves = "".join(
        f'<circle cx="720" cy="450" r="{radius}" fill="none" stroke="#3a3a42" stroke-width="3"/>'
        for radius in range(110, 256, 15)
    )
    sheet.lifted(
        '<circle cx="720" cy="450" r="264" fill="#1b1b20"/>',
        grooves,
        '<path d="M720 450 L866 232 A264 264 0 0 1 950 320 Z" fill="#ffffff" opacity="0.11"/>',
        f'<circle cx="720" cy="450" r="90" fill="{second}"/><circle cx="720" cy="450" r="9" fill="#e9e6df"/>',
    )
    sheet.lifted(
        f'<rect x="226" y="176" width="548" height="548" rx="4" fill="{sheet.fall(light(main, 0.12), dark(main, 0.16))}"/>',
        *(
            f'<circle cx="500" cy="450" r="{radius}" fill="none" stroke="{light(second, 0.1)}" stroke-width="22" opacity="{0.95 - radius / 420}"/>'
            for radius in (50, 106, 162, 218)
        ),
        f'<circle cx="500" cy="450" r="26" fill="{light(second, 0.4)}"/>',
        f'<path d="M264 222 h170 M264 252 h110" stroke="{light(main, 0.7)}" stroke-width="13" stroke-linecap="round"/>',
        '<path d="M226 176 H774 L226 620 Z" fill="#ffffff" opacity="0.08"/>',
    )


def camera(sheet: Sheet, main: str, second: str) -> None:
    """A film camera."""
    sheet.table()
    sheet.shadow(600, 620, 740)
    sheet.add(
        f'<path d="M470 350 L506 270 H694 L730 350 Z" fill="{sheet.fall("#dfe2e4", "#9aa0a5")}"/>',
        f'<rect x="280" y="340" width="640" height="400" rx="36" fill="{sheet.fall("#e3e6e8", "#9ca2a7")}"/>',
        f'<rect x="280" y="430" width="640" height="236" fill="{sheet.slant(light(main, 0.08), dark(main, 0.3))}"/>',
        *(
            f'<path d="M280 {450 + row * 20} H920" stroke="{dark(main, 0.4)}" stroke-width="3" opacity="0.3"/>'
            for row in range(11)
        ),
        f'<rect x="340" y="306" width="92" height="40" rx="9" fill="#8d9398"/><rect x="790" y="300" width="74" height="46" rx="9" fill="#8d9398"/><circle cx="752" cy="330" r="17" fill="{second}"/>',
        '<rect x="552" y="296" width="96" height="50" rx="8" fill="#26282d"/><path d="M560 302 h56 l-40 38 h-16 Z" fill="#ffffff" opacity="0.22"/>',
        '<circle cx="600" cy="556" r="176" fill="#c2c7cb"/><circle cx="600" cy="556" r="160" fill="#222428"/>',
        *(
            f'<path d="M600 402 v20" stroke="#80868b" stroke-width="5" transform="rotate({angle} 600 556)"/>'
            for angle in range(0, 360, 12)
        ),
        f'<circle cx="600" cy="556" r="122" fill="#34373d"/><circle cx="600" cy="556" r="94" fill="{sheet.ball("#2c4a6e")}"/>',
        '<circle cx="600" cy="556" r="44" fill="#131a26"/><ellipse cx="562" cy="514" rx="32" ry="21" fill="#ffffff" opacity="0.5" transform="rotate(-36 562 514)"/>',
        f'<rect x="826" y="372" width="60" height="36" rx="6" fill="{second}"/>',
    )


def radio(sheet: Sheet, main: str, second: str) -> None:
    """A table radio in a wooden case."""
    sheet.table()
    sheet.shadow(600, 640, 760)
    sheet.add(
        '<path d="M860 330 L960 90" stroke="#b6bbbf" stroke-width="8"/><circle cx="961" cy="88" r="9" fill="#8f959a"/>',
        f'<rect x="270" y="320" width="660" height="420" rx="48" fill="{sheet.slant(light(main, 0.2), dark(main, 0.2))}"/>',
        f'<rect x="302" y="352" width="596" height="356" rx="30" fill="{light(second, 0.5)}"/>',
        *(
            f'<circle cx="{350 + column * 27}" cy="{400 + row * 27}" r="7.5" fill="{dark(second, 0.5)}" opacity="0.8"/>'
            for row in range(10)
            for column in range(10)
        ),
        '<rect x="644" y="396" width="222" height="110" rx="14" fill="#fdf4d8"/>',
        *(
            f'<path d="M{664 + step * 20} 470 v-{26 if step % 2 else 40}" stroke="{INK}" stroke-width="3" opacity="0.6"/>'
            for step in range(10)
        ),
        '<path d="M760 404 V498" stroke="#d0432f" stroke-width="6"/>',
        f'<circle cx="700" cy="612" r="56" fill="{sheet.ball(main)}"/><circle cx="820" cy="612" r="42" fill="{sheet.ball(main)}"/>',
        f'<path d="M700 612 V566 M820 612 L848 588" stroke="{light(second, 0.6)}" stroke-width="8" stroke-linecap="round"/>',
        f'<rect x="340" y="738" width="60" height="26" rx="8" fill="{dark(main, 0.4)}"/><rect x="800" y="738" width="60" height="26" rx="8" fill="{dark(main, 0.4)}"/>',
    )


def guitar(sheet: Sheet, main: str, second: str) -> None:
    """A classical guitar on the wall."""
    sheet.lifted(
        '<g transform="translate(96 84) scale(0.84) rotate(24 600 450)">'
        f'<rect x="574" y="20" width="52" height="420" fill="{sheet.tube(dark(second, 0.35))}"/>'
        f'<path d="M560 -70 H640 L632 40 H568 Z" fill="{sheet.tube(dark(second, 0.2))}"/>'
        + "".join(
            f'<rect x="{x}" y="{y}" width="24" height="15" rx="6" fill="#ded7c8"/>'
            for x in (538, 638)
            for y in (-52, -18, 14)
        )
        + "".join(f'<path d="M574 {y} H626" stroke="#d8cdb4" stroke-width="3"/>' for y in range(60, 430, 38))
        + f'<path d="M600 400 C690 400 736 450 716 520 C702 566 760 600 772 680 C784 790 700 846 600 846 C500 846 416 790 428 680 C440 600 498 566 484 520 C464 450 510 400 600 400 Z" fill="{sheet.slant(light(main, 0.3), dark(main, 0.16))}"/>'
        f'<path d="M600 400 C690 400 736 450 716 520 C702 566 760 600 772 680 C784 790 700 846 600 846 C500 846 416 790 428 680 C440 600 498 566 484 520 C464 450 510 400 600 400 Z" fill="none" stroke="{dark(main, 0.5)}" stroke-width="10"/>'
        f'<circle cx="600" cy="560" r="66" fill="{dark(main, 0.75)}"/><circle cx="600" cy="560" r="74" fill="none" stroke="{second}" stroke-width="8"/>'
        f'<rect x="534" y="716" width="132" height="30" rx="7" fill="{dark(main, 0.6)}"/>'
        + "".join(
            f'<path d="M{582 + step * 7.2} -40 V730" stroke="#f3efe6" stroke-width="2.2" opacity="0.9"/>'
            for step in range(6)
        )
        + "</g>",
        name="hanging",
    )


def watch(sheet: Sheet, main: str, second: str) -> None:
    """A wrist watch with a leather strap."""
    sheet.lifted(
        f'<path d="M512 60 H688 L706 310 H494 Z" fill="{sheet.tube(main)}"/>',
        f'<path d="M494 590 H706 L688 850 H512 Z" fill="{sheet.tube(main)}"/>',
        f'<path d="M530 76 L518 300 M670 76 L682 300 M518 606 L530 836 M682 606 L670 836" stroke="{light(main, 0.5)}" stroke-width="4" stroke-dasharray="12 9"/>',
        *(f'<ellipse cx="600" cy="{y}" rx="10" ry="13" fill="{dark(main, 0.65)}"/>' for y in (690, 740, 790)),
        '<rect x="786" y="424" width="40" height="56" rx="10" fill="#a7adb2"/>',
        f'<circle cx="600" cy="450" r="206" fill="{sheet.slant("#f4f5f6", "#8b9197")}"/>',
        f'<circle cx="600" cy="450" r="178" fill="{sheet.slant(light(second, 0.2), dark(second, 0.15))}"/>',
        *(
            f'<rect x="595" y="290" width="10" height="{34 if angle % 90 == 0 else 20}" rx="3" fill="#fdfaf2" transform="rotate({angle} 600 450)"/>'
            for angle in range(0, 360, 30)
        ),
        '<path d="M600 450 L536 404" stroke="#fdfaf2" stroke-width="14" stroke-linecap="round"/><path d="M600 450 L666 336" stroke="#fdfaf2" stroke-width="9" stroke-linecap="round"/>',
        '<path d="M590 480 L640 576" stroke="#e0553f" stroke-width="4"/><circle cx="600" cy="450" r="11" fill="#e0553f"/>',
        '<path d="M470 360 A160 160 0 0 1 640 300 L520 560 A160 160 0 0 1 450 480 Z" fill="#ffffff" opacity="0.12"/>',
    )
