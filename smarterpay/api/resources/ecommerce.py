"""Payment links and the pages they open, as resources; knows no card host."""

from smarterpay.api.models.ecommerce_branding import EcommerceBranding
from smarterpay.api.models.ecommerce_page_setup import EcommercePageSetup
from smarterpay.api.models.payment_link import PaymentLink, PaymentLinkCreate, PaymentLinkUpdate
from smarterpay.api.resources.verbs import Created, Listed, Read, Updated


class PaymentLinks(
    Created[PaymentLinkCreate, PaymentLink],
    Read[PaymentLink],
    Updated[PaymentLinkUpdate, PaymentLink],
    Listed[PaymentLink],
):
    """Links that let one customer pay or sign up on a page (section 7.12)."""

    name = "payment_link"
    record = PaymentLink


class EcommerceBrandings(Read[EcommerceBranding]):
    """How pages look (section 7.16)."""

    name = "ecommerce_branding"
    record = EcommerceBranding


class EcommercePageSetups(Read[EcommercePageSetup]):
    """What pages ask for (section 7.16)."""

    name = "ecommerce_page_setup"
    record = EcommercePageSetup
