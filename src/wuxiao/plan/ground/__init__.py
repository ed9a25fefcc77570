"""The ground plans stand on: streets, travel times, blocks, buildings, and believable towns made from a seed number."""

from wuxiao.plan.ground import town
from wuxiao.plan.ground.network import Network
from wuxiao.plan.ground.streets import Mode, Street
from wuxiao.plan.ground.town import Town

__all__ = ["Mode", "Network", "Street", "Town", "town"]
