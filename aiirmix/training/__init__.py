"""The course of one run: built from its configuration, trained, evaluated, recorded, resumed."""
