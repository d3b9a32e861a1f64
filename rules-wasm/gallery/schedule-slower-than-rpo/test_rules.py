"""`python3 -m unittest`: the rule without the sandbox. `rulebox rules test` runs the fixtures in it."""

import unittest

import cron
from schedule_slower_than_rpo import SETTINGS, Undecided, judge, matches, word

DEFAULTS = {name: it["default"] for name, it in SETTINGS["properties"].items()}
HOUR = 60


def schedule(times, name="a", **template):
    spec = {"schedule": times, "template": template}
    return {"metadata": {"name": name, "namespace": "velero"}, "spec": spec}


class Gaps(unittest.TestCase):
    def check(self, times, want, both=True):
        with self.subTest(times):
            read = [cron.read(it) for it in times.split("; ")]
            self.assertEqual(cron.longest_gap(read, both), want)

    def test_times_of_a_day(self):
        self.check("0 2 * * *", 24 * HOUR)
        self.check("0 */6 * * *", 6 * HOUR)
        self.check("0 */7 * * *", 7 * HOUR)
        self.check("0 8-18/2 * * *", 14 * HOUR)
        self.check("*/15 * * * *", 15)
        self.check("5/20 * * * *", 20)
        self.check("@hourly", HOUR)
        self.check("@midnight", 24 * HOUR)

    def test_days(self):
        self.check("0 2 * * 1-5", 3 * 24 * HOUR)
        self.check("0 2 * * sun", 7 * 24 * HOUR)
        self.check("0 2 1 * *", 31 * 24 * HOUR)
        self.check("0 2 31 * *", 61 * 24 * HOUR)
        self.check("@yearly", 366 * 24 * HOUR)
        self.check("0 0 29 2 *", (4 * 365 + 1) * 24 * HOUR)
        self.check("0 0 30 2 *", None)

    def test_a_day_of_month_and_of_week(self):
        self.check("0 2 1-31 * 1", 7 * 24 * HOUR)
        self.check("0 2 1-31 * 1", 24 * HOUR, both=False)
        self.check("0 2 */2 * 1", 21 * 24 * HOUR)
        self.check("0 2 */2 * 1", 2 * 24 * HOUR, both=False)
        self.check("0 2 */1 * 1", 7 * 24 * HOUR, both=False)

    def test_several_run_between_each_other(self):
        self.check("0 2 * * *; 0 14 * * *", 12 * HOUR)
        self.check("0 2 * * 1-5; 0 2 * * 0,6", 24 * HOUR)
        self.check("0 2 * * *; 0 14 1 * *", 24 * HOUR)

    def test_what_cannot_be_read(self):
        for times in ["", "0 2 * *", "60 2 * * *", "0 2 * * 7", "0 2 0 * *", "*/0 * * * *", "1-2-3 * * * *", "0 +2 * * *", "@often"]:
            with self.subTest(times), self.assertRaises(ValueError):
                cron.read(times)
        for times in ["@every 0s", "@every", "@every day", "@every -1h"]:
            with self.subTest(times), self.assertRaises(ValueError):
                cron.read(times)

    def test_zones_and_intervals(self):
        self.assertEqual(cron.read("TZ=UTC 0 2 * * *"), cron.read("0 2 * * *"))
        self.assertEqual(cron.read("CRON_TZ=Asia/Shanghai @daily").zone, "Asia/Shanghai")
        self.assertEqual(cron.read("@every 6h30m"), cron.Every(6.5 * HOUR))


class Rule(unittest.TestCase):
    def said(self, objective, *schedules, default=""):
        labels = {"acme.example/rpo": objective} if objective else {}
        namespace = {"metadata": {"name": "shop", "labels": labels}}
        return judge(namespace, list(schedules), {**DEFAULTS, "default": default})

    def test_an_objective_may_be_met_exactly(self):
        self.assertIsNone(self.said("24h", schedule("0 2 * * *")))
        self.assertIsNone(self.said("1d", schedule("0 2 * * *")))
        self.assertIn("1 d pass", self.said("23h", schedule("0 2 * * *"))["summary"])
        self.assertIsNone(self.said("", schedule("0 2 * * *")))
        self.assertIn("1 d pass", self.said("", schedule("0 2 * * *"), default="6h")["summary"])

    def test_what_decides_and_what_does_not(self):
        selecting = schedule("@hourly", "b", labelSelector={"matchLabels": {"a": "b"}})
        with self.assertRaises(Undecided):
            self.said("6h", schedule("0 2 * * *"), selecting)
        self.assertIsNone(self.said("24h", schedule("0 2 * * *"), selecting))
        self.assertIn("1 d pass", self.said("30m", schedule("0 2 * * *"), selecting)["summary"])
        with self.assertRaises(Undecided):
            self.said("18h", schedule("0 2 * * *"), schedule("TZ=Asia/Shanghai 0 22 * * *", "b"))
        self.assertIsNone(self.said("24h", schedule("0 2 * * *"), schedule("TZ=Asia/Shanghai 0 2 * * 1", "b")))
        with self.assertRaises(Undecided):
            self.said("6h", schedule("0 2 * * *"), schedule("every day", "b"))
        with self.assertRaises(Undecided):
            self.said("2d", schedule("0 2 1-31 * MON"))
        with self.assertRaises(Undecided):
            self.said("soon", schedule("0 2 * * *"))

    def test_patterns(self):
        self.assertTrue(matches("team-*", "team-a"))
        self.assertTrue(matches("team-[ab]", "team-a"))
        self.assertFalse(matches("team-?", "team-ab"))
        self.assertFalse(matches("te.m", "team"))
        self.assertFalse(matches("[", "a"))

    def test_a_hostile_name_is_one_word(self):
        self.assertEqual(word("a; reboot"), "'a; reboot'")


if __name__ == "__main__":
    unittest.main()
