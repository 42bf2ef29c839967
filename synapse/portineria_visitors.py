"""
A module for Synapse (its documented module interface) that holds temporary accounts to what a visit needs: knock at doors, join visits
they are invited to, send there. Everybody else's events pass untouched.

Whoever is at `leave` in a room after a knock reads its state as it was then: the others who knock, and past visitors. So a temporary
account is never at `leave` at a door while its token works. Its membership there ends with the account.
"""

import hashlib
from typing import Any, Dict, List, Optional, Tuple, Union

from synapse.module_api import NOT_SPAM, EventBase, JsonDict, LoggingTransaction, ModuleApi, ProfileInfo, Requester, StateMap, UserID
from synapse.module_api.errors import Codes, ConfigError, SynapseError

# The type of a door's room.
DOOR = "it.portineria.door"
# What a door's room and an office have in common.
OFFICE = "it.portineria.office"
# A visit's room, and one that stands ready for a visit.
VISITS = ("it.portineria.visit", "it.portineria.prepared")
MEMBER = "m.room.member"
# The state that the members of a call write about themselves (MSC3401, MSC4143).
CALL = "org.matrix.msc3401.call.member"


class Visitors:
    """Registers the callbacks. `config` is what `parse_config` has checked."""

    def __init__(self, config: Dict[str, Any], api: ModuleApi):
        self._api = api
        self._prefix = f"@{config['prefix']}"
        self._server = f":{api.server_name}"
        self._porters = frozenset((config["porter"], *config.get("neighbours", [])))
        self._names = config["names"]
        self._upload = config["upload"]
        api.register_third_party_rules_callbacks(
            check_event_allowed=self.check_event_allowed,
            on_create_room=self.on_create_room,
            on_profile_update=self.on_profile_update,
        )
        api.register_spam_checker_callbacks(
            user_may_join_room=self.user_may_join_room,
            user_may_send_3pid_invite=self.user_may_send_3pid_invite,
        )
        api.register_media_repository_callbacks(
            get_media_config_for_user=self.get_media_config_for_user,
            is_user_allowed_to_upload_media_of_size=self.is_user_allowed_to_upload_media_of_size,
        )

    @staticmethod
    def parse_config(config: Dict[str, Any]) -> Dict[str, Any]:
        """
        - `prefix`: what the local part of a temporary account begins with
        - `porter`: the user id whose word says what is a door, an office and a visit
        - `names`: the neutral display names, each with `{number}`; the first is the one that is put back
        - `upload`: the most bytes of a file
        - `neighbours`: the user ids of the porters of other servers at whose doors temporary accounts knock as well; none unless given
        """
        kinds = {"prefix": str, "porter": str, "names": list, "upload": int}
        for key, kind in kinds.items():
            if not isinstance(config.get(key), kind) or not config[key]:
                raise ConfigError(f"The visitors' module expects {key} as {kind.__name__}, and found {config.get(key)!r}.")
        neighbours = config.get("neighbours", [])
        if not isinstance(neighbours, list) or not all(isinstance(one, str) for one in neighbours):
            raise ConfigError(f"The visitors' module expects neighbours as a list of user ids, and found {neighbours!r}.")
        return config

    def _is_visitor(self, user: Optional[str]) -> bool:
        return user is not None and user.startswith(self._prefix) and user.endswith(self._server)

    def _name_of(self, user: str, template: str) -> str:
        """The neutral name of an account. Its number derives from the user id, so that nobody need remember it (bot/src/words/guests.ts)."""
        number = 100 + int(hashlib.sha256(user.encode()).hexdigest()[:8], 16) % 900
        return template.replace("{number}", str(number))

    def _is_neutral(self, user: str, name: Any) -> bool:
        return any(name == self._name_of(user, template) for template in self._names)

    def _says(self, state: StateMap[EventBase], *kinds: str) -> bool:
        """Whether a room is of one of these kinds, by a porter's own word."""
        return any((event := state.get((kind, ""))) is not None and event.sender in self._porters for kind in kinds)

    def _is_door(self, state: StateMap[EventBase]) -> bool:
        create = state.get(("m.room.create", ""))
        return create is not None and create.sender in self._porters and create.content.get("type") == DOOR

    async def check_event_allowed(self, event: EventBase, state: StateMap[EventBase]) -> Tuple[bool, Optional[dict]]:
        """Asked for every new event of this server. @raises SynapseError with what is told to the sender"""
        subject = event.state_key if event.type == MEMBER and event.is_state() else None
        if self._is_visitor(event.sender):
            if subject == event.sender:
                await self._check_own_membership(event, state)
            else:
                self._check_sent(event, state)
        elif self._is_visitor(subject):
            membership = event.content.get("membership")
            if membership == "invite" and (self._says(state, OFFICE) or not self._says(state, *VISITS)):
                raise forbidden("A temporary account is invited into its visits only")
            if membership in ("leave", "ban") and await self._stands(event.state_key, state):
                raise forbidden("A temporary account stays at the door until it is erased")
        return True, None

    async def _check_own_membership(self, event: EventBase, state: StateMap[EventBase]) -> None:
        membership = event.content.get("membership")
        if membership == "leave":
            if await self._stands(event.sender, state):
                raise forbidden("A temporary account ends its knock with its visit: ask the reception to erase the account")
            return
        if membership == "knock" and not self._is_door(state):
            raise forbidden("A temporary account knocks at the doors of offices only")
        if membership == "join" and (self._says(state, OFFICE) or not self._says(state, *VISITS)):
            raise forbidden("A temporary account joins its own visits only")
        if membership not in ("knock", "join"):
            raise forbidden("A temporary account knocks and joins, and nothing else")
        name = event.content.get("displayname")
        if (name is not None and not self._is_neutral(event.sender, name)) or event.content.get("avatar_url") is not None:
            raise forbidden("A temporary account has its neutral name and no picture")

    def _check_sent(self, event: EventBase, state: StateMap[EventBase]) -> None:
        if not self._says(state, *VISITS) or self._says(state, OFFICE):
            raise forbidden("A temporary account speaks in its visits only")
        if not event.is_state():
            return
        # One's own call, of this device or another.
        own = (event.sender, f"{event.sender}_", f"_{event.sender}_")
        key = event.state_key
        if event.type != CALL or not (key == own[0] or key.startswith(own[1:])):
            raise forbidden("A temporary account changes nothing of a room but its own call")

    async def _stands(self, user: str, state: StateMap[EventBase]) -> bool:
        """Whether a room is one that a temporary account may not leave yet: a door, or an office, which may have been its own door once."""
        return (self._is_door(state) or self._says(state, OFFICE)) and await self._has_token(user)

    async def _has_token(self, user: str) -> bool:
        """Whether anybody can still read as this account. An application service's own token does not count. Deactivation deletes them first."""

        def look(txn: LoggingTransaction) -> bool:
            txn.execute("SELECT 1 FROM access_tokens WHERE user_id = ? LIMIT 1", (user,))
            return txn.fetchone() is not None

        return await self._api.run_db_interaction("portineria_visitors_token", look)

    async def on_create_room(self, requester: Requester, config: JsonDict, is_admin: bool) -> None:
        if self._is_visitor(requester.user.to_string()):
            raise forbidden("A temporary account makes no rooms")

    async def user_may_join_room(self, user: str, room: str, is_invited: bool) -> Union[str, Codes]:
        """Also asked where the room is of another server, which tells its state only afterwards: then a porter's own invitation counts."""
        if not self._is_visitor(user):
            return NOT_SPAM
        state = await self._api.get_room_state(room, [(kind, "") for kind in VISITS])
        is_visit = self._says(state, *VISITS) if state else await self._inviter(user, room) in self._porters
        return NOT_SPAM if is_visit else Codes.FORBIDDEN

    async def _inviter(self, user: str, room: str) -> Optional[str]:
        """Who has invited an account into a room, while it is invited."""

        def look(txn: LoggingTransaction) -> Optional[str]:
            txn.execute(
                "SELECT e.sender FROM local_current_membership AS m JOIN events AS e ON e.event_id = m.event_id WHERE m.user_id = ? AND m.room_id = ? AND m.membership = 'invite'",
                (user, room),
            )
            row = txn.fetchone()
            return row[0] if row else None

        return await self._api.run_db_interaction("portineria_visitors_inviter", look)

    async def user_may_send_3pid_invite(self, inviter: str, medium: str, address: str, room: str) -> Union[str, Codes]:
        return Codes.FORBIDDEN if self._is_visitor(inviter) else NOT_SPAM

    async def on_profile_update(self, user: str, profile: ProfileInfo, by_admin: bool, deactivation: bool) -> None:
        """
        No callback is asked before a profile changes. This one is awaited before the request is answered and before any room hears of it:
        what is not the neutral profile is put back.
        """
        if deactivation or not self._is_visitor(user):
            return

        def tidy(txn: LoggingTransaction) -> None:
            txn.execute("UPDATE profiles SET avatar_url = NULL, fields = NULL WHERE full_user_id = ?", (user,))

        await self._api.run_db_interaction("portineria_visitors_profile", tidy)
        if not self._is_neutral(user, profile.display_name):
            await self._api.set_displayname(UserID.from_string(user), self._name_of(user, self._names[0]))

    async def get_media_config_for_user(self, user: str) -> Optional[JsonDict]:
        return {"m.upload.size": self._upload} if self._is_visitor(user) else None

    async def is_user_allowed_to_upload_media_of_size(self, user: str, size: int) -> bool:
        return not self._is_visitor(user) or size <= self._upload


def forbidden(message: str) -> SynapseError:
    return SynapseError(403, message, Codes.FORBIDDEN)
