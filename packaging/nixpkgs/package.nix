# For nixpkgs, as pkgs/by-name/ar/arfix/package.nix. `hash` is that of the tag's source; nix prints it when the build
# fails for the placeholder.
{
  lib,
  fetchFromGitHub,
  python3Packages,
  versionCheckHook,
}:

python3Packages.buildPythonApplication rec {
  pname = "arfix";
  version = "1.0.0";
  pyproject = true;

  src = fetchFromGitHub {
    owner = "OWNER";
    repo = "arfix";
    tag = "v${version}";
    hash = lib.fakeHash;
  };

  build-system = [ python3Packages.setuptools ];

  dependencies = [ python3Packages.typer ];

  # LIEF reads linked images and symbols of Mach-O objects; nothing else needs it.
  pythonRemoveDeps = [ "lief" ];

  # The wheel installs man pages and completions to share/.
  nativeCheckInputs = [ versionCheckHook ];
  pythonImportsCheck = [ "arfix" ];

  meta = {
    description = "Inspects, audits and repairs static archives, so that libraries can be linked whole";
    homepage = "https://github.com/OWNER/arfix";
    changelog = "https://github.com/OWNER/arfix/blob/v${version}/CHANGELOG.md";
    license = lib.licenses.mit;
    mainProgram = "arfix";
    platforms = lib.platforms.unix;
  };
}
