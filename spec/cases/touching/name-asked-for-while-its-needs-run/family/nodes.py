from family.bases import Instance

KIND = Instance
