"""A module for Synapse in tests: of the accounts that are erased, every third keeps its knock. Synapse says so in its log, and goes on."""

from synapse.module_api.errors import Codes, SynapseError


class Clumsy:
    def __init__(self, config, api):
        self._prefix = f"@{config['prefix']}"
        api.register_third_party_rules_callbacks(check_event_allowed=self.check_event_allowed)

    async def check_event_allowed(self, event, state):
        user = event.get_state_key()
        is_own_leaving = event.type == "m.room.member" and event.sender == user and event.content.get("membership") == "leave"
        before = state.get(("m.room.member", user or ""))
        if is_own_leaving and user.startswith(self._prefix) and before is not None and before.membership == "knock" and sum(user.encode()) % 3 == 0:
            raise SynapseError(403, "Not this one", Codes.FORBIDDEN)
        return True, None

    @staticmethod
    def parse_config(config):
        return config
