"""Reading JSON objects strictly: each value is asked for by type, and what nobody asked for is an error."""

import math
from typing import Any

MISSING: Any = object()


class Fields:
    """One JSON object while it is being read. Every method raises ValueError naming the key, the value and the rule."""

    def __init__(self, raw: object, where: str) -> None:
        if not isinstance(raw, dict):
            raise ValueError(f"{where} is {_shown(raw)}; expected an object")
        self.values: dict[str, Any] = raw
        self.where = where
        self._asked: set[str] = set()

    def _get(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        value = self.values.get(key)
        if value is None:
            if default is MISSING:
                raise ValueError(f"{self.where}.{key} is missing")
            return default
        return value

    def _wrong(self, key: str, value: object, rule: str) -> ValueError:
        return ValueError(f"{self.where}.{key} is {_shown(value)}; expected {rule}")

    def text(self, key: str) -> str:
        value = self._get(key, MISSING)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, value, "a text that is not empty")
        return value

    def optional_text(self, key: str) -> str | None:
        return None if self._get(key, None) is None else self.text(key)

    def number(
        self,
        key: str,
        *,
        default: Any = MISSING,
        least: float = -math.inf,
        above: float = -math.inf,
        below: float = math.inf,
    ) -> float:
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(key, value, "a number")
        if value < least or value <= above or value >= below:
            limits = (f">= {least:g}", least), (f"> {above:g}", above), (f"< {below:g}", -below)
            rule = " and ".join(text for text, limit in limits if limit != -math.inf)
            raise self._wrong(key, value, f"a number {rule}")
        return float(value)

    def optional_number(self, key: str, *, above: float) -> float | None:
        return None if self._get(key, None) is None else self.number(key, above=above)

    def integer(self, key: str, *, default: Any = MISSING, least: int | None = None) -> int:
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
            raise self._wrong(key, value, "a whole number" + ("" if least is None else f" >= {least}"))
        return value

    def optional_integer(self, key: str, *, least: int) -> int | None:
        return None if self._get(key, None) is None else self.integer(key, least=least)

    def boolean(self, key: str, *, default: Any = MISSING) -> bool:
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, value, "true or false")
        return value

    def choice(self, key: str, choices: tuple[str, ...], *, default: Any = MISSING) -> str:
        value = self._get(key, default)
        if not isinstance(value, str) or value not in choices:
            raise self._wrong(key, value, f"one of {', '.join(choices)}")
        return value

    def optional_choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        return None if self._get(key, None) is None else self.choice(key, choices)

    def _list(self, key: str, default: Any) -> list[Any]:
        value = self._get(key, default)
        if not isinstance(value, list):
            raise self._wrong(key, value, "a list")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._list(key, MISSING)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, values, "a list of texts")
        return tuple(values)

    def numbers(self, key: str, *, default: Any = MISSING) -> tuple[float, ...]:
        values = self._list(key, default)
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            raise self._wrong(key, values, "a list of numbers")
        return tuple(float(value) for value in values)

    def integers(self, key: str) -> tuple[int, ...]:
        values = self._list(key, MISSING)
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
            raise self._wrong(key, values, "a list of whole numbers")
        return tuple(values)

    def child(self, key: str, *, optional: bool = False) -> "Fields":
        return Fields(self._get(key, {} if optional else MISSING), f"{self.where}.{key}")

    def optional_child(self, key: str) -> "Fields | None":
        return None if self._get(key, None) is None else self.child(key)

    def children(self, key: str) -> "list[Fields]":
        return [Fields(value, f"{self.where}.{key}[{i}]") for i, value in enumerate(self._list(key, MISSING))]

    def finish(self) -> None:
        """Raises ValueError where the object holds a key that was never asked for."""
        unknown = sorted(set(self.values) - self._asked)
        if unknown:
            raise ValueError(
                f"{self.where} has unknown keys: {', '.join(unknown)}; known: {', '.join(sorted(self._asked))}"
            )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
