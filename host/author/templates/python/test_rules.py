"""`python3 -m unittest`: the rule without the sandbox. `rulebox rules test` runs the fixtures in it."""

import unittest

from image_not_from_our_registry import judge, word


def findings(image):
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-0", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "image": image}]},
    }
    return len(list(judge(pod, {"registry": "registry.example.com/"})))


class Rules(unittest.TestCase):
    def test_an_image_must_begin_with_the_registry(self):
        self.assertEqual(findings("registry.example.com/shop/web:3.1"), 0)
        self.assertEqual(findings("docker.io/library/nginx:1.27"), 1)
        self.assertEqual(findings("evil.example/registry.example.com/web"), 1)

    def test_a_name_is_one_word(self):
        self.assertEqual(word("web-0"), "web-0")
        self.assertEqual(word("a; reboot"), "'a; reboot'")
        self.assertEqual(word("it's"), "'it'\\''s'")


if __name__ == "__main__":
    unittest.main()
