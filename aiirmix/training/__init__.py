"""How one run goes: built from its configuration, trained, evaluated, recorded, resumed."""
