package main

import rego.v1

# A policy as conftest runs it: the input is one object.
deny contains {"msg": msg, "details": {"image": container.image}} if {
	some container in input.spec.template.spec.containers
	not startswith(container.image, data.settings.registry)
	msg := sprintf("the container %s runs %s, which is not from %s", [
		container.name,
		container.image,
		data.settings.registry,
	])
}
