"""An example of the e-commerce page setup, as the reference prints it."""

from smarterpay.api import CloudClient


async def get_ecommerce_page_setup(cloud: CloudClient) -> None:
    page = await cloud.ecommerce_page_setups.get("EP02SANDBOXPAGE00001")
    print(page.payment_types, page.branding)  # DDMandateOnly EB02SANDBOXBRAND0001
    print(page.encryption_key)  # **********
