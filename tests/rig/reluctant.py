"""A module for Synapse in tests: the first order to delete a room fails as Synapse's own does where something is written meanwhile, when everybody is out."""


class Reluctant:
    def __init__(self, config, api):
        store = api._store
        purge = store._purge_room_txn
        refused = set()

        def reluctantly(txn, room_id):
            purge(txn, room_id)
            if room_id not in refused:
                refused.add(room_id)
                raise RuntimeError("Not at the first order")

        store._purge_room_txn = reluctantly

    @staticmethod
    def parse_config(config):
        return config
