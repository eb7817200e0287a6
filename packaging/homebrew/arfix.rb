# For a tap, as Formula/arfix.rb. Both hashes are in the release's SHA256SUMS.
class Arfix < Formula
  desc "Inspects, audits and repairs static archives, so that libraries link whole"
  homepage "https://github.com/OWNER/arfix"
  url "https://github.com/OWNER/arfix/releases/download/v1.0.0/arfix-1.0.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"

  depends_on "python@3.13"

  # The program is the zipapp, which has typer in it. `arfix image`, and symbols of Mach-O objects, need LIEF as well:
  # python3.13 -m pip install lief.
  resource "zipapp" do
    url "https://github.com/OWNER/arfix/releases/download/v1.0.0/arfix.pyz"
    sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  end

  def install
    resource("zipapp").stage { libexec.install "arfix.pyz" }
    (bin/"arfix").write <<~SH
      #!/bin/sh
      exec "#{Formula["python@3.13"].opt_bin}/python3.13" "#{libexec}/arfix.pyz" "$@"
    SH
    man1.install Dir["docs/man/*.1"]
    bash_completion.install "share/completions/arfix.bash" => "arfix"
    zsh_completion.install "share/completions/_arfix"
    fish_completion.install "share/completions/arfix.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/arfix --version")
    (testpath/"x.a").write "!<arch>\n"
    assert_match "0 members", shell_output("#{bin}/arfix inspect x.a")
  end
end
