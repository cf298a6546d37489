#!/usr/bin/env bash
# pyhepmc: a particle that is kept while its event goes has no vertices any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pyhepmc==2.16.1 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pyhepmc
from pyhepmc import GenEvent, GenParticle, GenVertex, Units

with pyhepmc.open("events.hepmc", "w") as file:
    for number in range(2):
        event = GenEvent(Units.GEV, Units.MM)
        event.event_number = number
        decay = GenVertex((0, 0, 5, 5))
        decay.add_particle_in(GenParticle((0, 0, 3, 5), 9900099, 2))
        decay.add_particle_out(GenParticle((0, 0, 2, 2), 22, 1))
        decay.add_particle_out(GenParticle((0, 0, 1, 3), 12, 1))
        event.add_vertex(decay)
        file.write(event)


def photon(event):
    return next(particle for particle in event.particles if particle.pid == 22)


with pyhepmc.open("events.hepmc") as file:
    inside = [photon(event).production_vertex.position.z for event in file]
with pyhepmc.open("events.hepmc") as file:
    kept = [photon(event) for event in file]
momenta = [particle.momentum.e for particle in kept]
vertices = [particle.production_vertex for particle in kept]

print("package:", "pyhepmc", version("pyhepmc"))
print("guess:   a particle kept in a list keeps its event alive, and its production_vertex is there later")
print(f"seen:    in the loop the photons start at {inside} mm; kept, they have momenta {momenta}")
print(f"         and the production vertices {vertices}")
print("source:  HepMC3, GenParticle.h: a particle holds a weak pointer to its vertex and none to its event")
assert inside == [5, 5] and momenta == [2, 2] and vertices == [None, None], "particles keep their events"
EOF
