package disk

// MakeLasting is what Make does, with whatever syncs a directory.
var MakeLasting = makeLasting
