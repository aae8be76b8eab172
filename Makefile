# The commands. The extension itself is built by PGXS in pg_worldtune/: any PG_CONFIG, any DESTDIR.

.PHONY: all install uninstall installcheck clean page relay run check bench torture
.DEFAULT_GOAL = all

all install uninstall installcheck:
	$(MAKE) -C pg_worldtune $@

relay: page
	$(MAKE) -C relay

# The dialer's page, which the relay carries. A release has it built: Node is needed in a checkout alone.
page:
	@scripts/page.sh

clean:
	$(MAKE) -C pg_worldtune clean
	$(MAKE) -C relay clean
	$(MAKE) -C test/unit clean
	$(MAKE) -C bench clean
	rm -rf .build dialer/dist

run:
	@scripts/run.sh

# make check TEST=regress/limits: that test alone.
check:
	@$(if $(TEST),scripts/check_one.sh $(TEST),scripts/check.sh)

torture:
	@test/torture/run.sh

bench:
	@bench/run.sh
