"""Commissions as a commissioner sends them."""

from typing import Any

CAMPAIGN_ID = "0d6a9c1e-5b1d-4c59-9d0e-2d9a0f6f3c11"


def a_body(**changes: Any) -> dict[str, Any]:
    return {
        "id": CAMPAIGN_ID,
        "name_zh": "2019年度退出评估检查",
        "name_en": "Exit inspection 2019",
        "agency_zh": "示例大学",
        "agency_en": "Example University",
        "simulated": True,
        "counties": [a_county_body()],
        **changes,
    }


def a_county_body(**changes: Any) -> dict[str, Any]:
    return {
        "adcode": "420528",
        "name_zh": "长阳土家族自治县",
        "province_zh": "湖北省",
        "province_en": "Hubei",
        "city_zh": "宜昌市",
        "region_group": "central_2pct",
        "exit_year": 2019,
        **changes,
    }
