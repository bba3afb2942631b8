"""Examples of service user number operations, as the reference prints them."""

from smarterpay.api import CloudClient


async def get_service_user_number(cloud: CloudClient) -> None:
    number = await cloud.service_user_numbers.get("100263")
    print(number.sun_friendly_name, number.default_sun)  # Smarterpay Test True


async def list_service_user_numbers(cloud: CloudClient) -> None:
    print([number.sun async for number in cloud.service_user_numbers.list()])  # ['100263', '122']
