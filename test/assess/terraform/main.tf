variable "zones" {
  default = ["a"]
}

resource "aws_instance" "web" {
  ami           = var.ami
  instance_type = "t3.small"
}

resource "aws_autoscaling_group" "workers" {
  min_size            = 1
  max_size            = 4
  vpc_zone_identifier = ["subnet-1"]
  target_group_arns   = [aws_lb_target_group.web.arn]
}

resource "aws_db_instance" "orders" {
  engine         = "postgres"
  instance_class = "db.t3.medium"
}

resource "aws_s3_bucket" "models" {
  bucket        = "models"
  force_destroy = true
}

resource "google_sql_database_instance" "ledger" {
  database_version = "POSTGRES_16"
  region           = "europe-west3"
  settings {
    tier = "db-custom-2-7680"
  }
}

resource "google_compute_instance_group_manager" "api" {
  zone        = "europe-west3-a"
  target_size = 1
}

resource "azurerm_storage_account" "scans" {
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_postgresql_flexible_server" "patients" { version = "16" }
