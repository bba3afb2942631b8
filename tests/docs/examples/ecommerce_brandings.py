"""An example of the e-commerce branding, as the reference prints it."""

from smarterpay.api import CloudClient


async def get_ecommerce_branding(cloud: CloudClient) -> None:
    branding = await cloud.ecommerce_brandings.get("EB02SANDBOXBRAND0001")
    print(branding.template, branding.styling_css is not None)  # Default True
