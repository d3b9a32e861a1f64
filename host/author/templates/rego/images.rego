package main

import rego.v1

# A policy as conftest runs it: the input is one object. What `details` holds becomes labels of the finding.
deny contains {"msg": msg, "details": {"container": container.name}} if {
	some container in input.spec.containers
	not startswith(container.image, data.settings.registry)
	msg := sprintf("the container %s runs %s, which is not from our registry", [container.name, container.image])
}
