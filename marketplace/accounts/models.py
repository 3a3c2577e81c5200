"""People: users, the places they have things sent to, and the shops they sell from."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes users, who are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Save a user; without a password nobody can sign in as them."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Save a user who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by e-mail, whatever its capitals."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person: buyer and seller alike; staff are mediators and operators by group."""

    MEDIATORS = "mediators"
    OPERATORS = "operators"

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    language = models.CharField(_("language"), max_length=8, default="en")
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lowercase"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class AddressFields(models.Model):
    """A postal address as it is written on a parcel."""

    name = models.CharField(_("recipient"), max_length=100)
    line1 = models.CharField(_("street and number"), max_length=200)
    line2 = models.CharField(_("apartment, floor, company"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=100)
    region = models.CharField(_("state or region"), max_length=100, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)  # some countries have none
    country = models.CharField(_("country"), max_length=2)
    phone = models.CharField(_("phone"), max_length=30, blank=True)

    class Meta:
        abstract = True

    def snapshot(self) -> dict[str, str]:
        """The address as plain data, to freeze on an order."""
        return {field.name: getattr(self, field.name) for field in AddressFields._meta.get_fields()}


class Address(AddressFields):
    """One of a user's saved addresses."""

    user = models.ForeignKey(User, models.CASCADE, related_name="addresses")
    is_default = models.BooleanField(_("use by default"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="address_one_default_per_user"
            )
        ]
        ordering = ["-is_default", "id"]

    def __str__(self) -> str:
        return f"{self.name}, {self.line1}, {self.postal_code} {self.city}, {self.country}"


class Shop(models.Model):
    """What a user sells from. Everything in it is priced in one currency."""

    class State(models.TextChoices):
        """Whether new orders are taken; open orders and balances live on in every state."""

        OPEN = "OPEN", _("Open")
        HOLIDAY = "HOLIDAY", _("On holiday")
        SUSPENDED = "SUSPENDED", _("Suspended")

    owner = models.OneToOneField(User, models.PROTECT, related_name="shop")
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    about = models.TextField(_("about"), max_length=2000, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    country = models.CharField(_("country"), max_length=2)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="shop_currency_is_iso"),
            models.UniqueConstraint(Lower("name"), name="shop_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The shop's public page."""
        return reverse("catalog:shop", args=[self.slug])


class StaffAct(models.Model):
    """Something that a person of the staff did: who, when, what, to what, and why. Never changed, never deleted.

    `subject` names what it was done to as its own page does ("refund 7QK2M4"); `facts` are the figures of the act.
    """

    by = models.ForeignKey(User, models.PROTECT, related_name="staff_acts")
    at = models.DateTimeField()
    act = models.CharField(max_length=40, help_text=_("the action's name: approve_refund"))
    subject = models.CharField(max_length=80)
    why = models.TextField(blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="staff_act_by_time"),
            models.Index(fields=["subject", "-id"], name="staff_act_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"
