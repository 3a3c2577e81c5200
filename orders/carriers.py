"""The carriers that sellers choose from, and where each shows its parcels."""

from urllib.parse import quote

from django.conf import settings

SANDBOX = "Sandbox carrier"
TRACKED_AT = {
    "Correios": "https://rastreamento.correios.com.br/app/index.php?objetos={}",
    "CTT": "https://www.ctt.pt/feapl_2/app/open/objectSearch/objectSearch.jspx?objects={}",
    "DHL": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "DPD": "https://tracking.dpd.de/status/en_US/parcel/{}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "GLS": "https://gls-group.com/track/{}",
    "Japan Post": "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1={}&locale=en",
    "La Poste": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "Royal Mail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    "UPS": "https://www.ups.com/track?tracknum={}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
}


def names() -> list[str]:
    """The carriers to choose from; the sandbox's own one first where its provider is in use."""
    return [*([SANDBOX] if settings.PAYMENT_PROVIDER == "sandbox" else []), *TRACKED_AT]


def track_url(carrier: str, tracking_number: str) -> str:
    """The carrier's page about a parcel; empty where the carrier or the number is not known."""
    page = f"{settings.SANDBOX_URL}/parcels/{{}}/" if carrier == SANDBOX else TRACKED_AT.get(carrier, "")
    return page.format(quote(tracking_number, safe="")) if page and tracking_number else ""
