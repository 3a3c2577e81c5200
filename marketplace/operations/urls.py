"""The operators' addresses, below `/operations/`."""

from django.urls import path

from marketplace.operations import asked, ledger_pages, overview

urlpatterns = [
    path("", overview.overview, name="operations"),
    path("orders/<slug:number>/retry/", overview.retry_order, name="operations_retry_order"),
    path("orders/<slug:number>/", ledger_pages.order, name="operations_order"),
    path("payments/<slug:reference>/", ledger_pages.payment, name="operations_payment"),
    path("payouts/<slug:reference>/", ledger_pages.payout, name="operations_payout"),
    path("accounts/", ledger_pages.accounts, name="operations_accounts"),
    path("accounts/<int:pk>/", ledger_pages.account, name="operations_account"),
    path("transfers/<int:pk>/", ledger_pages.transfer, name="operations_transfer"),
    path("provider/", asked.operations, name="operations_provider"),
    path("messages/", asked.events, name="operations_messages"),
]
