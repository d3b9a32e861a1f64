package components

import rego.v1

# The input is one Deployment or DaemonSet.
deny contains {"msg": msg, "details": {"container": container.name}} if {
	input.metadata.namespace in data.settings.namespaces
	some container in input.spec.template.spec.containers
	missing := [name | some name in data.settings.required; not is_set(container, name)]
	count(missing) > 0
	msg := sprintf("the container %s of %s sets no %s", [
		container.name,
		input.metadata.name,
		concat(", ", missing),
	])
}

is_set(container, name) if {
	[kind, resource] := split(name, ".")
	value := container.resources[kind][resource]
	not value in {0, "0"}
}
