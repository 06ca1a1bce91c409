"""Compares the Azure templates with the types that Azure publishes of the resources in them.

Each resource has to be one that the model of its type and API version takes: no unknown property, none that only
Azure sets, none missing that is required, and every value of the right type, in its bounds, and one of its enum.
The models are those of Azure's packages for Python, which are generated from its REST specifications:

    pip install --target MODELS --requirement tests/deploy/azure_models.txt
    PYTHONPATH=MODELS python3 tests/deploy/azure_models.py azure-template.json deploy/azure/pipeline.json
"""

import importlib
import json
import re
import sys

# Type and API version of a resource: where its model is.
MODELS = {
    "Microsoft.Authorization/roleAssignments@2022-04-01": "authorization.v2022_04_01:RoleAssignmentCreateParameters",
    "Microsoft.ContainerInstance/containerGroups@2023-05-01": "containerinstance:ContainerGroup",
    "Microsoft.EventHub/namespaces@2024-01-01": "eventhub.v2024_01_01:EHNamespace",
    "Microsoft.EventHub/namespaces/eventhubs@2024-01-01": "eventhub.v2024_01_01:Eventhub",
    "Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01": "eventhub.v2024_01_01:ConsumerGroup",
    "Microsoft.Kusto/clusters@2024-04-13": "kusto:Cluster",
    "Microsoft.Kusto/clusters/databases@2024-04-13": "kusto:ReadWriteDatabase",
    "Microsoft.Kusto/clusters/databases/scripts@2024-04-13": "kusto:Script",
    "Microsoft.Kusto/clusters/databases/dataConnections@2024-04-13": "kusto:EventHubDataConnection",
    "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31": "msi.v2023_01_31:Identity",
    # The package's own API version is 2022-10-01; what the template sets is in both.
    "Microsoft.OperationalInsights/workspaces@2023-09-01": "loganalytics:Workspace",
    "Microsoft.Storage/storageAccounts@2023-01-01": "storage.v2023_01_01:StorageAccountCreateParameters",
    "Microsoft.Storage/storageAccounts/fileServices/shares@2023-01-01": "storage.v2023_01_01:FileShare",
}
# What every resource of a template has, beside what its model says.
COMMON = {"type", "apiVersion", "name", "dependsOn", "scope", "condition"}
PRIMITIVES = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "duration": str,
    "iso-8601": str,
    "object": object,
}


class Template:
    """A template, with the defaults of its parameters."""

    def __init__(self, document):
        self.document = document
        self.defaults = {name: each.get("defaultValue") for name, each in document["parameters"].items()}

    def value(self, value):
        """What stands there: a parameter's default; None for what only Azure can evaluate."""
        if not isinstance(value, str) or not value.startswith("["):
            return value
        name = re.fullmatch(r"\[parameters\('(\w+)'\)\]", value)
        default = self.defaults.get(name[1]) if name else None
        return None if isinstance(default, str) and default.startswith("[") else default


def enum_of(model, attribute):
    """The values of an attribute that is of an enum, by the documentation of the model; None where it is of none."""
    found = re.search(rf":(?:vartype|ivar|paramtype|type) {attribute}: str or\s+~([\w.]+)", model.__doc__ or "")
    if found is None:
        return None
    module, name = found[1].rsplit(".", 1)
    return {each.value for each in getattr(importlib.import_module(module), name)}


class Check:
    """A comparison of one template; `findings` has what differs."""

    def __init__(self, template):
        self.template = template
        self.findings = []
        self.values = 0

    def resource(self, resource):
        key = f"{resource['type']}@{resource['apiVersion']}"
        if key not in MODELS:
            self.findings.append(f"{key}: no model is known for it")
            return
        module, name = MODELS[key].split(":")
        model = getattr(importlib.import_module(f"azure.mgmt.{module}.models"), name)
        body = {name: value for name, value in resource.items() if name not in COMMON}
        self.model(body, model, resource["type"])

    def model(self, body, model, where):
        tree, required = {}, []
        rules = getattr(model, "_validation", {})
        for attribute, entry in model._attribute_map.items():
            path = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", entry["key"])]
            node = tree
            for part in path[:-1]:
                node = node.setdefault(part, {})
            node[path[-1]] = (attribute, entry["type"])
            rule = rules.get(attribute, {})
            if rule.get("required") and not rule.get("readonly"):
                required.append(path)
        for path in required:
            node = body
            for part in path:
                node = node.get(part) if isinstance(node, dict) else None
            # The discriminator of a model, such as `kind`, is checked with the values.
            if node is None and path != ["location"]:
                self.findings.append(f"{where}: {'.'.join(path)} is missing")
        self.node(body, tree, model, where)

    def node(self, body, tree, model, where):
        for name, value in body.items():
            place = f"{where}.{name}"
            known = tree.get(name)
            if known is None:
                self.findings.append(f"{place}: unknown property")
            elif isinstance(known, dict):
                self.node(value, known, model, place)
            else:
                attribute, kind = known
                rule = getattr(model, "_validation", {}).get(attribute, {})
                if rule.get("readonly"):
                    self.findings.append(f"{place}: only Azure sets it")
                self.leaf(self.template.value(value), kind, model, place, attribute, rule)

    def leaf(self, value, kind, model, place, attribute, rule):
        if value is None:
            return
        self.values += 1
        if kind[0] in "[{":
            inner = kind[1:-1]
            for each in value if kind[0] == "[" else value.values():
                self.leaf(self.template.value(each), inner, model, place, attribute, {})
        elif kind in PRIMITIVES:
            if not isinstance(value, PRIMITIVES[kind]) or isinstance(value, bool) and kind in ("int", "float"):
                self.findings.append(f"{place}: {value!r} is no {kind}")
                return
            enum = enum_of(model, attribute)
            if enum is not None and value not in enum:
                self.findings.append(f"{place}: {value!r} is none of {sorted(enum)}")
            if "pattern" in rule and not re.search(rule["pattern"], value):
                self.findings.append(f"{place}: {value!r} does not match {rule['pattern']}")
            for name, is_out in (("maximum", lambda most: value > most), ("minimum", lambda least: value < least)):
                if name in rule and is_out(rule[name]):
                    self.findings.append(f"{place}: {value!r} is beyond the {name}, {rule[name]}")
        else:
            module = importlib.import_module(model.__module__.rsplit("._models_py3", 1)[0])
            other = getattr(module, kind, None)
            if hasattr(other, "_attribute_map"):
                if isinstance(value, dict):
                    self.model(value, other, place)
                else:
                    self.findings.append(f"{place}: {value!r} is no {kind}")


def main(paths):
    failed = False
    for path in paths:
        with open(path, encoding="utf-8") as file:
            check = Check(Template(json.load(file)))
        resources = check.template.document["resources"]
        for resource in resources:
            check.resource(resource)
        for finding in check.findings:
            print(f"{path}: {finding}")
        print(f"{path}: {len(resources)} resources, {check.values} values, {len(check.findings)} findings")
        failed = failed or bool(check.findings) or check.values < 20
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
