"""What a payment page asks for (reference, section 7.16)."""

from smarterpay.api.models.ecommerce_page_setup import EcommercePageSetup
from smarterpay.orchestration.operation import read_operation

get_ecommerce_page_setup = read_operation("ecommerce_page_setup.get", EcommercePageSetup)
