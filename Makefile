# Everything here needs only Python 3.11 or newer, pip, git and make. `make` alone lists the targets.
PYTHON ?= python3
STEPS ?= 300000
# What shrinks or enlarges a figure: environment steps of a run, seeds (0-4), environment, protocol of evaluation
# (standard), folder in runs/, any other settings of `aiirmix train`; DRY=1 only lists what would run.
FIGURE = $(if $(BUDGET),env_steps=$(BUDGET)) $(if $(SEEDS),seed=$(SEEDS)) $(if $(ENV),env=$(ENV)) \
	$(if $(EVALUATION),evaluation=$(EVALUATION)) $(if $(NAME),name=$(NAME)) $(SET) $(if $(DRY),--dry)
# What `make tune` tunes: the models, the paper's maps and one that it does not have, and the settings tried for each model.
MODELS ?= none aiir_mix rmix aiir liir qmix vdn iql qtran coma ippo mappo
MAPS ?= 2s3z,8m,3s_vs_3z
TRIALS ?= 12
# Extra flags for installing torch. A machine without a GPU can name PyTorch's index of CPU builds here
# (--index-url …), which saves gigabytes of CUDA libraries.
TORCH_FLAGS ?=

VENV := .venv
# SMAC's packages are on GitHub only; the package called smac on PyPI is another project.
SMAC := git+https://github.com/oxwhirl/smac.git@d6aab33f76abc3849c50463a8592a84f59a5ef84
SMACV2 := git+https://github.com/oxwhirl/smacv2.git@577ab5a2cff2391f8df582da5731ea9cd6adf3c6
# Both are installed without their dependencies: see the extra `smac` in pyproject.toml.
PYSC2 := pysc2==4.0.0
BIN := $(VENV)/bin
READY := $(VENV)/ready
TORCH := $(shell grep '^torch==' constraints.txt)
RUN := $(BIN)/python
AIIRMIX := $(RUN) -m aiirmix

.DEFAULT_GOAL := help
FIGURES := figure3 figure4 figure5 figure6
ABLATIONS := $(basename $(notdir $(wildcard experiments/ablation_*.yaml)))

.PHONY: help setup train $(FIGURES) credit answer ablations tune sensitivity claims report docs test test-wheel test-slow test-smac sc2 doctor lint types layers check bench \
	calibrate wheel lock clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) ## Create .venv with the tested versions of everything (once)

train: $(READY) ## Train AIIR-MIX on 2s3z for STEPS environment steps and draw the learning curve
	$(AIIRMIX) train name=quickstart env.map=2s3z env_steps=$(STEPS)
	$(AIIRMIX) curves runs/quickstart

figure3: $(READY) ## Reproduce the comparison with other methods (BUDGET= SEEDS= ENV= NAME= DRY=1, all figures)
figure4: $(READY) ## Reproduce the ablations of the paper
figure5: $(READY) ## Reproduce the picture of intrinsic rewards and attention
figure6: $(READY) ## Reproduce the snapshots of the battle
credit: $(READY) ## Draw when intrinsic reward helps, on the task with known credit
$(FIGURES) credit:
	$(AIIRMIX) figure $@ $(FIGURE)

answer: RUNS = $(or $(NAME),answer$(if $(BUDGET),-$(BUDGET)))
answer: $(READY) ## Answer with controls whether intrinsic reward helps, and when (BUDGET= SEEDS= NAME= SET= DRY=1)
	$(AIIRMIX) figure answer $(if $(BUDGET),env_steps=$(BUDGET)) $(if $(SEEDS),seed=$(SEEDS)) name=$(RUNS) $(SET) \
		$(if $(DRY),--dry,; code=$$?; [ $$code -le 1 ] && $(TABLES) && exit $$code)

# Failed runs leave the tables of the others, and the exit code 1.
TABLES = $(AIIRMIX) summary runs/$(RUNS) --out runs/$(RUNS) \
	&& $(AIIRMIX) effects runs/$(RUNS) --out runs/$(RUNS) \
	&& $(AIIRMIX) claims runs/$(RUNS) --out runs/$(RUNS) \
	&& for cells in one_step ppo; do $(AIIRMIX) claims runs/$(RUNS) --cells experiments/cells_$$cells.yaml \
		--out runs/$(RUNS)/$$cells || exit; done \
	&& $(AIIRMIX) report runs/$(RUNS)/evaluations.csv

ablations: $(READY) ## Run the ablations that the paper leaves out: all of experiments/ablation_*.yaml
	$(AIIRMIX) figure $(ABLATIONS) $(FIGURE)

tune: $(READY) ## Tune the models of MODELS with one equal budget (MODELS= MAPS= BUDGET= TRIALS= SEEDS= NAME= SET= DRY=1 KEEP=1)
	$(AIIRMIX) tune $(MODELS) env.map=$(MAPS) env_steps=$(or $(BUDGET),300000) --trials $(TRIALS) --seeds $(or $(SEEDS),2) \
		$(if $(NAME),name=$(NAME)) $(SET) $(if $(DRY),--dry) $(if $(KEEP),--keep)

sensitivity: $(READY) ## Show how much each model gains from tuning (MODELS= BUDGET= TRIALS= SEEDS= NAME= SET= DRY=1)
	$(AIIRMIX) sensitivity $(if $(filter command line environment,$(origin MODELS)),$(MODELS)) \
		$(if $(BUDGET),env_steps=$(BUDGET)) $(if $(SEEDS),seed=$(SEEDS)) $(if $(NAME),name=$(NAME)) $(SET) \
		$(if $(filter command line environment,$(origin TRIALS)),--trials $(TRIALS)) $(if $(DRY),--dry)

claims: $(READY) ## Judge the claims of the paper by the runs in runs/NAME (default: paper)
	$(AIIRMIX) claims runs/$(or $(NAME),paper) $(if $(ENV),--env $(ENV))

report: $(READY) ## Write the report on runs/NAME (default: paper) as one HTML page
	$(AIIRMIX) report runs/$(or $(NAME),paper)

docs: $(READY) ## Build the documentation as a site, site/index.html; a broken link is an error
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --config-file docs/site/mkdocs.yml

lint: $(READY) ## Check style and formatting
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: $(READY) ## Check types
	$(RUN) -m mypy

layers: $(READY) ## Check that packages import only packages below them (docs/architecture.md)
	$(BIN)/lint-imports

# The tests start hundreds of processes, each of which would compile all modules where Python keeps no bytecode.
test test-slow: export PYTHONDONTWRITEBYTECODE =
test: $(READY) ## Run the tests
	$(RUN) -m pytest -n auto --dist loadfile

check: lint types layers docs test test-wheel ## Check style, types, layers, docs, tests and wheel: a change must pass before it is shared

test-wheel: $(READY) ## Build the wheel, install it elsewhere, and use it there
	$(RUN) -m pytest -m wheel tests/packaging

test-slow: $(READY) ## Run the tests that take minutes
	$(RUN) -m pytest -n auto -m slow --timeout 3600

test-smac: $(READY) ## Play SMAC's and SMACv2's own packages on the stand-in for StarCraft II (after `make sc2`)
	$(RUN) -m pytest -m real_smac --timeout 3600 tests/envs/smac tests/envs/smacv2 tests/envs/skirmish/views

sc2: $(READY) ## Install the packages for env=smac and env=smacv2, and say how to get StarCraft II
	$(BIN)/pip install --quiet --no-deps $(SMAC)
	-$(BIN)/pip install --quiet --no-deps $(SMACV2)
	@echo "StarCraft II itself is Blizzard's, and free under its AI and Machine Learning License:"
	@echo "  version 4.10 for Linux: https://github.com/Blizzard/s2client-proto#downloads (unzip it, export SC2PATH=…)"
	@echo "  SMAC's maps:            https://github.com/oxwhirl/smac/releases (into \$$SC2PATH/Maps/SMAC_Maps)"
	@echo "  SMACv2's map, 32x32_flat: https://github.com/oxwhirl/smacv2/releases (into the same folder)"
	@echo "Without it, skirmish stands in: $(AIIRMIX) stand-in FOLDER"
	$(AIIRMIX) doctor

doctor: $(READY) ## Find out why env=smac does not run here
	@$(AIIRMIX) doctor

bench: $(READY) ## Measure the speed of simulator and training, and the cost of an update
	$(AIIRMIX) bench

calibrate: $(READY) ## Measure how hard the simulator's maps are
	$(AIIRMIX) calibrate

wheel: $(READY) ## Build the wheel, dist/aiirmix-….whl
	$(BIN)/pip wheel . --no-deps --no-build-isolation --wheel-dir dist

lock: ## Replace constraints.txt by the newest versions that pyproject.toml allows (then run `make check`)
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(TORCH_FLAGS) torch
	$(BIN)/pip install --editable '.[dev]'
	$(BIN)/pip freeze --all --exclude-editable --exclude pip | sed 's/+cpu$$//' > constraints.txt

clean: ## Remove .venv, dist and caches; runs/ stays
	rm -rf $(VENV) dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'error: Python 3.11 or newer is needed; name it: make setup PYTHON=python3.11' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
# torch alone and first, so that TORCH_FLAGS concern nothing else; the build found there is kept by the second line.
	$(BIN)/pip install --quiet $(TORCH_FLAGS) $(TORCH)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/pip install --quiet --no-deps $(PYSC2)
	@touch $@
