"""What a WSGI server serves; the couriers run beside it (see `__main__`)."""

import os

from django.core.wsgi import get_wsgi_application

# Set, not defaulted: the shop's processes, which may have started this one, name their own settings there.
os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.sandbox.settings"
application = get_wsgi_application()
