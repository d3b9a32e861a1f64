"""`python3 -m unittest`: the rule without the sandbox. `rulebox rules test` runs the fixtures in it."""

import unittest

from namespace_without_owner import SETTINGS, finding, judge, owner, time

DEFAULTS = {name: it["default"] for name, it in SETTINGS["properties"].items()}


def namespace(**metadata):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", **metadata}}


class Rules(unittest.TestCase):
    def check(self, created, earliest, latest, want):
        it = namespace(creationTimestamp=created)
        self.assertIs(judge(it, DEFAULTS, earliest, latest), want)

    def test_an_age_is_known_within_bounds(self):
        created = "2026-09-15T00:00:00Z"
        self.check(created, "2026-09-17T00:00:00Z", "", True)
        self.check(created, "2026-09-15T01:00:00Z", "2026-09-15T02:00:00Z", False)
        self.check(created, "2026-09-15T01:00:00Z", "", None)
        self.check(created, "", "", None)
        self.check("", "2026-09-17T00:00:00Z", "2026-09-17T00:00:00Z", None)

    def test_an_owner_is_a_label(self):
        self.assertEqual(owner(namespace(labels={"acme.example/owner": "team"}), DEFAULTS), "team")
        self.assertEqual(owner(namespace(), DEFAULTS), "")

    def test_a_hostile_name_is_one_word(self):
        it = namespace(creationTimestamp="2026-09-15T00:00:00Z")
        it["metadata"]["name"] = "a; reboot"
        self.assertIn("kubectl label namespace 'a; reboot' ", finding(it, DEFAULTS)["remedy"])

    def test_times_are_those_of_kubernetes(self):
        self.assertEqual(time("2026-09-15T00:00:00.123456789Z").microsecond, 123456)
        self.assertIsNone(time("yesterday"))


if __name__ == "__main__":
    unittest.main()
