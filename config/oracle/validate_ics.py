"""Reads a list of iCalendar texts and says of each what is wrong with it by vobject (RFC 5545); null where nothing is."""

import json
import sys

import vobject


def fault(text):
    try:
        vobject.readOne(text, validate=True).validate(raiseException=True)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


json.dump([fault(text) for text in json.load(sys.stdin)], sys.stdout)
