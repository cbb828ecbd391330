#pragma once

#include <napi.h>

namespace gflownet {

// assembleMolecules(parameters, states): the atoms, bonds, SMILES and scaffold of the molecule of each state of the
// environment `molecule` with these parameters. The parity tests compare it with the TypeScript twin.
Napi::Value assembleMolecules(const Napi::CallbackInfo& info);

}  // namespace gflownet
