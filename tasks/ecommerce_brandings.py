"""How a payment page looks (reference, section 7.16)."""

from smarterpay.api.models.ecommerce_branding import EcommerceBranding
from smarterpay.orchestration.operation import read_operation

get_ecommerce_branding = read_operation("ecommerce_branding.get", EcommerceBranding)
